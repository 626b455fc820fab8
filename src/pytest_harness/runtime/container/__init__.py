"""The runtime ``container``: processes in an image, run by podman or docker."""
