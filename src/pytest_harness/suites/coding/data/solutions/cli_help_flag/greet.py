"""Greet somebody."""

import argparse


def main():
    parser = argparse.ArgumentParser(description="Greet somebody.")
    parser.add_argument("name", help="whom to greet")
    parser.add_argument("--shout", action="store_true", help="print the greeting in capitals")
    given = parser.parse_args()
    greeting = f"Hello, {given.name}!"
    print(greeting.upper() if given.shout else greeting)


if __name__ == "__main__":
    main()
