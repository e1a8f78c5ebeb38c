"""On PYTHONPATH, this folder makes plugin processes write down what the engine asks them."""
