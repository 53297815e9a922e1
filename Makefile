# make demo    a dance from a song and a sentence: out/demo.blend, .fbx, .mp4, contact_sheet.png
# make test    everything that CI runs
# make test-gui BLENDERS="..."   the whole in real windows, with pictures: out/gui
# make takes DATA=folder    motion capture to takes for training, with a report: out/takes
# make torture    an hour of bad songs, kills and fuzzing: not in CI
# make zip     the Blender extension for every system, in dist/
# make repository   those as a folder to host, from which Blender installs and updates
# make licences   every wheel, model and song with its licence: docs/licences.md
# make audit    the locks against the known vulnerabilities of osv.dev
# make docs    the pages of docs/ as a site: out/site; broken links and anchors fail
# make pictures BLENDERS=...     what docs/start.md says, done in a window, and its pictures
# Environments are made when they are first needed; each is installed from a lock with hashes.

PYTHON ?= python3
# Blender 4.2 to 5.0 as a module needs exactly this Python.
BLENDER_PYTHON ?= python3.11
# Where pip finds a CPU build of torch, if its usual index has none, e.g.
# TORCH_INDEX="--index-url https://download.pytorch.org/whl/cpu"
TORCH_INDEX ?=

# What is imported is compiled then; the rest, most of it torch's, never.
PIP = -m pip --disable-pip-version-check install --quiet --no-compile
LOCKED = $(PIP) --require-hashes --no-deps
RUN = .venv/bin/python
TEXT = models/all-MiniLM-L6-v2/weights.safetensors
MODULES = 5.0 4.2 4.5
ENVIRONMENTS = .venv/dev $(MODULES:%=.venv-bpy-%/ready)

SONG ?= assets/demo_song.ogg
PROMPT ?= fierce girl-crush, sharp arms, low stance in the drop
STYLE ?= girl-crush
SEED ?= 0
SECONDS ?= 20

.PHONY: demo takes test environments test-engine test-blender test-gui torture torture-engine \
  torture-blender docs pictures lint types types-engine types-4.2 types-latest audit zip zip-here \
  repository licences models lock clean
.DELETE_ON_ERROR:

demo: .venv/engine .venv-bpy-5.0/ready $(TEXT)
	.venv-bpy-5.0/bin/python tools/demo.py --engine-python $(RUN) --song "$(SONG)" \
	  --prompt "$(PROMPT)" --style "$(STYLE)" --seed $(SEED) --seconds $(SECONDS)

takes: .venv/dev .venv-bpy-5.0/ready
	$(RUN) -m engine.training.collect "$(DATA)" out/takes \
	  --blender-python .venv-bpy-5.0/bin/python

# Two cores: what waits for the network or has one thread goes side by side.
test:
	$(MAKE) --no-print-directory -j3 environments
	$(MAKE) --no-print-directory -j2 lint audit types
	$(MAKE) --no-print-directory test-engine
	$(MAKE) --no-print-directory test-blender

environments: $(ENVIRONMENTS) .venv/stubs-4.2 .venv/stubs-latest $(TEXT) zip-here

# The long ones first.
test-engine: .venv/dev $(TEXT)
	OMP_NUM_THREADS=1 $(RUN) -m pytest -n 3 --dist loadfile --no-loadscope-reorder \
	  tests/test_*.py tests/engine tests/core

# All at a time. As a module it may hang when it ends, so each run has a limit of its own.
test-blender: $(ENVIRONMENTS) $(TEXT) zip-here
	$(MAKE) --no-print-directory -j3 $(MODULES:%=test-blender-%)

test-blender-%:
	timeout 1800 .venv-bpy-$*/bin/python -m pytest tests/blender

# Kills, full disks and ten thousand broken inputs each; some parts need root on Linux.
torture: torture-engine torture-blender

torture-engine: .venv/dev .venv-torture/ready $(TEXT) zip-here
	OMP_NUM_THREADS=1 $(RUN) -m pytest -n 2 --dist loadfile tests/torture/engine

torture-blender: .venv/dev .venv-bpy-5.0/ready $(TEXT) zip-here
	.venv-bpy-5.0/bin/python -m pytest tests/torture/blender

# In windows of Blender: executables, or folders of chroots with Blender in them (CONTRIBUTING.md).
BLENDERS ?=
test-gui: .venv/engine .venv-bpy-5.0/ready $(TEXT)
	$(RUN) tools/test_gui.py $(BLENDERS)

# Any of the site's pages can be opened from the disk; nothing in it is fetched from elsewhere.
docs: .venv-docs/ready
	NO_MKDOCS_2_WARNING=1 .venv-docs/bin/python -m mkdocs build --strict
	@echo out/site/index.html

pictures: .venv/engine .venv-bpy-5.0/ready $(TEXT)
	$(RUN) tools/make_pictures.py $(BLENDERS)

lint: .venv/dev
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .

types: types-engine types-4.2 types-latest

types-engine: .venv/dev
	$(RUN) -m mypy

types-4.2 types-latest: types-%: .venv/dev .venv/stubs-%
	MYPYPATH=.venv/stubs-$* $(RUN) -m mypy --cache-dir .mypy_cache/$* \
	  --config-file tests/blender/mypy.ini

# Without network it says that nothing was audited, and goes on.
audit:
	$(PYTHON) tools/audit.py requirements/*.txt

zip: .venv/engine .venv-bpy-5.0/ready $(TEXT)
	$(RUN) tools/build_extension.py

# The one that the tests install.
zip-here: .venv/engine .venv-bpy-5.0/ready $(TEXT)
	$(RUN) tools/build_extension.py --platform here --python 3.11

repository: zip
	$(RUN) tools/make_repository.py

licences: .venv/engine
	$(RUN) tools/licences.py

models: $(TEXT)

$(TEXT): .venv/engine models/all-MiniLM-L6-v2/manifest.json
	$(RUN) -m engine models --fetch

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/engine: requirements/engine.txt pyproject.toml | .venv/bin/python
	$(RUN) $(LOCKED) -r requirements/engine.txt
	$(RUN) $(PIP) --no-deps --no-build-isolation --editable .
	touch $@

.venv/dev: .venv/engine requirements/dev.txt requirements/train.txt requirements/torch.txt
	$(RUN) $(LOCKED) -r requirements/dev.txt
	$(RUN) $(LOCKED) -r requirements/train.txt
	$(RUN) $(PIP) --no-deps $(TORCH_INDEX) -r requirements/torch.txt
	touch $@

.venv/stubs-%: requirements/stubs-%.txt | .venv/bin/python
	rm -rf $@
	$(RUN) $(LOCKED) --target $@ -r $<
	touch $@

.venv-bpy-%/ready: requirements/bpy-%.txt
	$(BLENDER_PYTHON) -m venv .venv-bpy-$*
	.venv-bpy-$*/bin/python $(LOCKED) -r $<
	touch $@

.venv-docs/ready .venv-torture/ready: .venv-%/ready: requirements/%.txt
	$(PYTHON) -m venv .venv-$*
	.venv-$*/bin/python $(LOCKED) -r $<
	touch $@

# Writes the locks anew; needs uv.
UV ?= uv
COMPILE = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
  --no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' \
  -c requirements/constraints.txt
lock:
	$(COMPILE) pyproject.toml requirements/build.in -o requirements/engine.txt
	$(COMPILE) --extra dev pyproject.toml requirements/build.in -o requirements/dev.txt
	$(COMPILE) -c requirements/dev.txt requirements/train.in -o requirements/train.txt
	for n in docs torture; do $(COMPILE) requirements/$$n.in -o requirements/$$n.txt; done
	for v in 4.2 4.5 5.0; do $(UV) pip compile --quiet --python-version 3.11 --generate-hashes \
	  --custom-compile-command 'make lock' requirements/bpy-$$v.in -o requirements/bpy-$$v.txt; done
	for v in 4.2 latest; do $(UV) pip compile --quiet --generate-hashes \
	  --custom-compile-command 'make lock' requirements/stubs-$$v.in -o requirements/stubs-$$v.txt; \
	done

clean:
	rm -rf out dist build .venv .venv-bpy-* *.egg-info
