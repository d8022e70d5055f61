# Eight targets. Each sets up the environment first when it is missing (about 5 GB, minutes, once).
#
#   make reproduce   every figure of the paper, for every shipped model; only what is stale
#   make test        all notebooks and all tests
#   make lab         JupyterLab on the notebooks
#   make docs        the documentation site, in _docs/
#   make bench       how fast this machine trains
#   make splits      the paper's whole experiment: many models of a few classes each (4.6)
#   make chapters    run the chapters and keep their outputs in nbs/ (for maintainers)
#   make lock        versions, hashes and licences of all packages, anew (for maintainers)
#
# Figures of some models or sections, of a run of your own, beside the full set of images:
#   make reproduce CONFIG="model=fashion_mnist notebooks=03,04"
#   make reproduce CONFIG="model=runs/mine judge=runs/judge second_model=runs/mine32"
#   make reproduce CONFIG="real=fashion_mnist"
# Train first, into runs/, then draw the figures; further settings: preset, size, batch_size, seed, name
#   make reproduce CONFIG="data=fashion_mnist train=true steps=500"
# Cores (default: all), the device, and anything that snakemake takes
#   make reproduce CORES=4 CONFIG="device=cpu" ARGS="--dry-run"
#
# A hundred models: which jobs (-n), then here, on several GPUs or on a cluster; workflows/splits.smk
#   make splits CONFIG="data=imagenet root=/data judge=inception" ARGS=-n
#   make splits CONFIG="data=cifar10 size=32 split_size=2 pack=5 steps=500" GPUS=8
#   make splits CONFIG="..." PROFILE=profiles/slurm
#
# Some tests only; one file after another rather than two at a time
#   make test ARGS="-k diversity -n 0"
# The Python to make the environment with (3.11 to 3.13), or one that exists already
#   make test PYTHON=python3.12
#   make test VENV=/path
SHELL  := /bin/bash
PYTHON ?=
VENV   ?= .venv
CONFIG ?=
CORES  ?= all
ARGS   ?=
# without a GPU, as many models train at once as there are cores for (CORES)
GPUS   ?= $(shell n=$$(nvidia-smi -L 2>/dev/null | grep -c ^GPU); echo $$((n > 0 ? n : $$(getconf _NPROCESSORS_ONLN))))
PROFILE ?=
SAY    := --quiet host progress reason rules --rerun-incomplete --keep-going
BIN    := $(abspath $(VENV))/bin
MAKEFLAGS += --no-print-directory
export PATH := $(BIN):$(PATH)
export PYTHONPATH := $(CURDIR)

# threads that wait for each other asleep: where the cores are shared with other work, spinning ones make small networks ten times slower
reproduce splits test lab chapters docs: export OMP_WAIT_POLICY = PASSIVE

.PHONY: help reproduce splits test lab chapters docs bench readme lock
help:      ; @sed -n '/^SHELL/q; s/^# \?//p' Makefile
reproduce: $(VENV)/.ready ; @python scripts/alone.py build/.busy snakemake --nolock $(if $(PROFILE),--profile $(PROFILE),--cores $(CORES)) $(SAY) $(if $(CONFIG),--config $(CONFIG)) $(ARGS) && python scripts/compare_figures.py
splits:    $(VENV)/.ready ; @python scripts/alone.py runs/.busy snakemake --nolock -s workflows/splits.smk $(if $(PROFILE),--profile $(PROFILE),--cores $(CORES) --resources gpu=$(GPUS) --retries 3) $(SAY) $(if $(CONFIG),--config $(CONFIG)) $(ARGS)
test:      $(VENV)/.ready ; @python -m pytest -q -n 2 --dist loadfile tests $(ARGS)
lab:       $(VENV)/.ready ; @jupyter lab $(wildcard nbs/index.ipynb) $(ARGS)
chapters:  $(VENV)/.ready ; @python scripts/chapters.py $(ARGS) && python scripts/readme.py
docs:      $(VENV)/.ready ; @python scripts/docs.py $(ARGS)
bench:     $(VENV)/.ready ; @python -m acgan replicate bench $(ARGS)
readme:    $(VENV)/.ready ; @python scripts/chapters.py index && python scripts/readme.py

lock:      ; @$(or $(PYTHON),python3) scripts/lock.py && $(VENV)/bin/python scripts/licences.py

$(VENV)/.ready: requirements.lock constraints.txt settings.ini setup.py ; @bash scripts/environment.sh "$(VENV)" "$(PYTHON)"
