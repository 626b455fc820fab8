"""Greet somebody."""

import argparse


def main():
    parser = argparse.ArgumentParser(description="Greet somebody.")
    parser.add_argument("name", help="whom to greet")
    given = parser.parse_args()
    print(f"Hello, {given.name}!")


if __name__ == "__main__":
    main()
