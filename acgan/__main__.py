"`python -m acgan` is the `acgan` command."
from acgan.cli import main

if __name__ == '__main__':
    main()
