# Both commands in a container: docker build -t acgan . && docker run --rm -v "$PWD/out:/acgan/build" acgan
#   tests:   docker run --rm acgan make test
#   lab:     docker run --rm -p 8888:8888 acgan make lab ARGS="--ip=0.0.0.0 --allow-root --no-browser"
#   a GPU:   docker run --rm --gpus all acgan
FROM python:3.12-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends make g++ git nodejs npm chromium \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /acgan
COPY . .
RUN make .venv/.ready PYTHON=python3
CMD ["make", "reproduce"]
