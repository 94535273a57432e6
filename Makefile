# Every path here is relative, so the directory may have any name.
PYTHON ?= python3
VENV   := .venv/bin/python

.DEFAULT_GOAL := help
.PHONY: help run test owner model ask servers lint format messages backup restore bench fuzz lock splits torture aborts clean setup

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

run: setup ## set up what is missing, start everything, print the address
	@exec $(VENV) -m h2oweb run

test: ## every test and check, after the same set-up
	@$(PYTHON) -m h2oweb.bootstrap --tests
	@exec $(VENV) -m tests.suite

owner: setup ## print another one-time link that signs the owner in
	@$(VENV) -m h2oweb owner_link

model: setup ## fetch another built-in model: make model NAME=qwen2.5-coder-1.5b
	@$(VENV) -m h2oweb fetch_model "$(NAME)"

ask: setup ## ask the model server one question: make ask Q="What is water?"
	@$(VENV) -m h2oweb ask "$(Q)"

servers: setup ## tell how the configured model servers are
	@$(VENV) -m h2oweb servers

lint: ## ruff and mypy
	@$(PYTHON) -m h2oweb.bootstrap --tests
	@$(VENV) -m ruff check .
	@$(VENV) -m ruff format --check .
	@$(VENV) -m mypy

format: ## put the Python code in its house form
	@$(PYTHON) -m h2oweb.bootstrap --tests
	@$(VENV) -m ruff check --fix .
	@$(VENV) -m ruff format .

messages: setup ## bring the catalogues in locale/ up to date with what the source says
	@$(VENV) -m h2oweb.messages

backup: setup ## keep all data in one verified file, while all runs: make backup TO=/mnt/copies
	@$(VENV) -m h2oweb backup $(TO)

restore: setup ## put a backup into an empty place: make restore FROM=chat.tar.gz
	@$(VENV) -m h2oweb restore "$(FROM)"

bench: ## measure everything, beside what others do, and tell which goals are met
	@$(PYTHON) -m h2oweb.bootstrap --tests
	@exec $(VENV) -m tests.bench

fuzz: ## try any bytes on the decoders, any input on the site: make fuzz SECONDS=600 INPUTS=100000
	@$(PYTHON) -m h2oweb.bootstrap --tests
	@$(VENV) -m tests.fuzz.wire $(SECONDS)
	@FUZZ_INPUTS=$(or $(INPUTS),100000) $(VENV) -m pytest tests/security/test_fuzz.py -n 2 -rP

lock: ## write the hashes of what requirements.txt names, after a change of it
	@$(PYTHON) -m h2oweb.bootstrap --tests
	@$(VENV) -m tests.lock

splits: ## every recorded exchange, cut in two at every byte, over a socket: half an hour
	@$(PYTHON) -m h2oweb.bootstrap --tests
	@EVERY_SPLIT=1 $(VENV) -m pytest tests/backends/test_captures.py -k every_single_split -n 2

torture: ## kill servers and more while people chat: make torture MINUTES=15 SEED=1 SETUP=postgres
	@$(PYTHON) -m h2oweb.bootstrap --tests
	@$(VENV) -m tests.torture --minutes $(or $(MINUTES),1) --seed $(or $(SEED),1) --setup $(or $(SETUP),sqlite)

aborts: ## 10,000 conversations whose answers are broken off, and what they leave behind
	@$(PYTHON) -m h2oweb.bootstrap --tests
	@LEAVERS=$(or $(LEAVERS),10000) $(VENV) -m pytest tests/chat/test_failures.py -k f16

clean: ## remove what set-up made; var/, with everyone's conversations, stays
	@rm -rf .venv node_modules static/vendor .mypy_cache .ruff_cache .pytest_cache .hypothesis var/test
	@echo "Removed .venv, node_modules, static/vendor and caches. Your data is in var/."

setup:
	@$(PYTHON) -m h2oweb.bootstrap
