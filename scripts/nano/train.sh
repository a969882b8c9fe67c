#!/usr/bin/env bash
# Rebuilds nano from nothing: corpus, training, GGUF, head, figures. Started again, it goes on where it stopped.
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
[ -f "$work/corpus/train.jsonl" ] || node "$here/write-corpus.mjs" --out "$work/corpus" --problems 260000
"$python" "$here/train.py" --work "$work" "$@"
"$python" "$here/export.py" --work "$work"

# The head and the reranker, on problems that the language model has not seen, and the figures of model and head.
toolken() { node "$here/../../dist/src/cli/main.js" "$@"; }
prompts=$here/../../models/nano/prompts
toolken lab word-problems --count 3000 --seed 20001 --out "$work/head-texts.jsonl"
toolken train head --model "$work/nano-Q8_0.gguf" --prompts "$prompts" --data "$work/head-texts.jsonl" \
  --no-calibrate --out "$work/nano-head.safetensors"
toolken lab word-problems --count 1500 --seed 50001 --asides --out "$work/reranker-texts.jsonl"
toolken lab mine --model "$work/nano-Q8_0.gguf" --head "$work/nano-head.safetensors" --prompts "$prompts" \
  --data "$work/reranker-texts.jsonl" --bias 3 --easy 150 --out "$work/mined.jsonl"
toolken train reranker --model "$work/nano-Q8_0.gguf" --head "$work/nano-head.safetensors" \
  --data "$work/mined.jsonl" --l2 0.0001 --out "$work/nano-reranker.safetensors"
node "$here/figures.mjs" --model "$work/nano-Q8_0.gguf" --head "$work/nano-head.safetensors" --prompts "$prompts" \
  --out "$work/figures.json"
echo "To ship it: cp $work/{nano-Q8_0.gguf,nano-head.safetensors,nano-reranker.safetensors,training.png,figures.json} models/nano/"
