# Eight targets. Each sets up the environment first when it is missing (about 5 GB, minutes, once).
#
#   make reproduce   every figure of the paper, for every shipped model, into build/figures/; redraws only what is stale
#   make splits      the paper's whole experiment: many models of a few classes each, one table of all (sections 4, 4.6); here or on a cluster
#   make test        all notebooks and all tests
#   make lab         JupyterLab on the notebooks
#   make chapters    run the chapters and keep their outputs in nbs/ (for maintainers)
#   make docs        the documentation site in _docs/
#   make bench       how fast this machine trains
#   make lock        the versions and hashes that the environment is made of, anew (for maintainers)
#
# Options:
#   make reproduce CONFIG="model=fashion_mnist"                             one shipped model (or a run folder: model=runs/mine)
#   make reproduce CONFIG="model=fashion_mnist notebooks=03,04"             some sections of the paper only
#   make reproduce CONFIG="model=runs/mine judge=runs/judge"                a run of your own, judged by a judge of your own (acgan train-judge)
#   make reproduce CONFIG="model=runs/mine second_model=runs/mine32"        figure 2 with the curve of a model of half the size beside it
#   make reproduce CONFIG="real=fashion_mnist"                              beside the full set's images, where installed, not the embedded ones
#   make reproduce CONFIG="data=fashion_mnist train=true steps=500"         train first (into runs/), then the figures of that model
#   ... further settings of a training: preset=paper_cifar10 size=64 batch_size=100 seed=1 name=mine;  of any run: device=cpu
#   make reproduce CORES=4 ARGS="--dry-run"                                 processor cores to use (default: all); anything snakemake takes
#   make splits CONFIG="data=imagenet root=/data judge=inception" ARGS=-n   which jobs the 100 models of ten classes would take; without -n they run
#   make splits CONFIG="data=cifar10 size=32 split_size=2 pack=5 steps=500" another data set and cut, five models side by side; settings: workflows/splits.smk
#   make splits CONFIG="..." GPUS=8                                         jobs with a GPU at once (default: the GPUs of this machine)
#   make splits CONFIG="..." PROFILE=profiles/slurm                         on a SLURM cluster; profiles/kubernetes on Kubernetes (make reproduce takes it too)
#   make test ARGS="-k diversity"                                           anything pytest takes; ARGS="-n 0": one file after another in place of two at a time
#   make test PYTHON=python3.12                                             the Python to make the environment with (3.11 to 3.13)
#   make test VENV=/path                                                    an environment that exists already; .venv is then not made
SHELL  := /bin/bash
PYTHON ?=
VENV   ?= .venv
CONFIG ?=
CORES  ?= all
ARGS   ?=
GPUS   ?= $(shell n=$$(nvidia-smi -L 2>/dev/null | grep -c ^GPU); echo $$((n > 0 ? n : 1)))
PROFILE ?=
SAY    := --quiet host progress reason rules --rerun-incomplete --keep-going
BIN    := $(abspath $(VENV))/bin
MAKEFLAGS += --no-print-directory
export PATH := $(BIN):$(PATH)
export PYTHONPATH := $(CURDIR)

# threads that wait for each other asleep: where the cores are shared with other work, spinning ones make small networks ten times slower
reproduce splits test lab chapters docs: export OMP_WAIT_POLICY = PASSIVE

.PHONY: help reproduce splits test lab chapters docs bench readme lock
help:      ; @sed -n 's/^# \?//p' Makefile
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
