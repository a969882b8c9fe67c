// PyTorch checkpoints are zip archives of a pickle and raw storages (torch/serialization.py `_save`: archive/data.pkl,
// archive/data/<key>).

import { invalidFile, shown } from "../utils/file-error.js";
import { OpenFile } from "../utils/open-file.js";
import { ZipArchive } from "../utils/zip.js";
import { dtypeBytes, elementCount, viewAs, type Tensor, type TensorArray } from "./dtypes.js";
import { unpickle } from "./pickle.js";
import type { PickleObject } from "./pickle-types.js";
import { findObjects, plainValue, type CheckpointValue } from "./pickle-values.js";
import { copyStrided } from "./strided.js";
import { type Storage, TensorLayout, torchRules } from "./torch-rules.js";

const MAX_PICKLE_BYTES = 16 * 1024 * 1024;

/**
 * Reads a checkpoint that `torch.save` has written (PyTorch 1.6 and later). Nothing in it is executed.
 * @throws `FILE_NOT_FOUND`, `IO`, `FILE_INVALID`: not such a file, damaged, or with a global that weights do not need
 */
export async function readTorchCheckpoint(path: string): Promise<CheckpointValue> {
  await using file = await OpenFile.open(path);
  await assertZip(file);
  const archive = await ZipArchive.read(file);
  const folder = findFolder(archive, path);
  await assertLittleEndian(archive, folder, path);
  const pickleSize = archive.entries.get(`${folder}data.pkl`)!.size;
  if (pickleSize > MAX_PICKLE_BYTES) {
    throw invalidFile(path, `a pickle of at most ${MAX_PICKLE_BYTES} bytes`, `${pickleSize} bytes`);
  }
  const pickle = await archive.readEntry(`${folder}data.pkl`);
  const root = unpickle(pickle, torchRules(path));
  const tensors = await readTensors(findObjects(root, path), archive, folder, file);
  return plainValue(root, tensors, path);
}

async function readTensors(
  objects: Iterable<PickleObject>,
  archive: ZipArchive,
  folder: string,
  file: OpenFile,
): Promise<ReadonlyMap<PickleObject, Tensor>> {
  // Views of one storage could ask for any amount of memory from a small file.
  let room = 4 * file.size + 65_536;
  const storages = new Map<string, TensorArray>();
  const tensors = new Map<PickleObject, Tensor>();
  for (const object of objects) {
    const layout = object.value;
    if (!(layout instanceof TensorLayout)) {
      throw invalidFile(file.path, "storages inside of tensors", "a storage on its own");
    }
    const { storage, offset, shape, strides } = layout;
    const { dtype, key } = storage;
    room -= elementCount(shape)! * dtypeBytes(dtype);
    if (room < 0) {
      throw invalidFile(file.path, "tensors of about the file's size", "tensors that are many times larger");
    }
    const id = `${dtype}/${key}`;
    const source = storages.get(id) ?? (await readStorage(storage, archive, folder, file.path));
    storages.set(id, source);
    tensors.set(object, { dtype, shape, data: copyStrided(dtype, source, offset, shape, strides) });
  }
  return tensors;
}

async function readStorage(
  { key, dtype, length }: Storage,
  archive: ZipArchive,
  folder: string,
  path: string,
): Promise<TensorArray> {
  const name = `${folder}data/${key}`;
  const size = archive.entries.get(name)?.size;
  if (size !== length * dtypeBytes(dtype)) {
    const found = size === undefined ? "none" : `${size} bytes`;
    throw invalidFile(path, `a storage ${shown(name)} of ${length * dtypeBytes(dtype)} bytes`, found);
  }
  return viewAs(dtype, await archive.readEntry(name));
}

async function assertZip(file: OpenFile): Promise<void> {
  const start = await file.read(0, Math.min(4, file.size));
  if (start[0] === 0x50 && start[1] === 0x4b && start[2] === 0x03 && start[3] === 0x04) return;
  throw invalidFile(
    file.path,
    "a PyTorch checkpoint (a zip archive)",
    `a file of ${file.size} bytes without its signature`,
    {
      hint: "A checkpoint of PyTorch before 1.6 is no zip archive: load it with PyTorch and save it again.",
    },
  );
}

/** The folder inside the archive, "head_best/" for example: named after the file it was first saved to. */
function findFolder(archive: ZipArchive, path: string): string {
  const pickles = [...archive.entries.keys()].filter((name) => /^[^/]*\/?data\.pkl$/.test(name));
  if (pickles.length !== 1) throw invalidFile(path, "one data.pkl in the archive", `${pickles.length}`);
  return pickles[0]!.slice(0, -"data.pkl".length);
}

async function assertLittleEndian(archive: ZipArchive, folder: string, path: string): Promise<void> {
  const name = `${folder}byteorder`;
  // Written since PyTorch 2.0; before, the order was that of the machine, practically always little.
  const entry = archive.entries.get(name);
  if (!entry) return;
  const order = entry.size > 16 ? "" : new TextDecoder().decode(await archive.readEntry(name));
  if (order !== "little") throw invalidFile(path, 'the byte order "little"', shown(order));
}
