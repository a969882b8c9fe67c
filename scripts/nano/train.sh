#!/usr/bin/env bash
# Rebuilds nano's language model from nothing: corpus, training, GGUF. Started again, it goes on where it stopped.
# scripts/nano/train.sh [WORK_FOLDER] [options of train.py]   (after npm run build:ts)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=${1:-.nano}
shift || true
python=${PYTHON:-python3}

if ! "$python" -c 'import torch, tokenizers, gguf, numpy, matplotlib' 2>/dev/null; then
  echo "Python packages are missing: $python -m venv .venv && .venv/bin/pip install -r $here/requirements.txt" >&2
  echo "then: PYTHON=.venv/bin/python $0 $work" >&2
  exit 2
fi
mkdir -p "$work"
[ -f "$work/corpus/train.jsonl" ] || node "$here/write-corpus.mjs" --out "$work/corpus" --problems 220000
"$python" "$here/train.py" --work "$work" "$@"
"$python" "$here/export.py" --work "$work"
