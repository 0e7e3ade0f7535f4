"""The layers between a submission and the machine that grades it. Linux only; each layer reports if it is missing."""
