import { invalidFile, shown } from "../utils/file-error.js";
import type { SafetensorsFile } from "./safetensors.js";

/** The `format` and `format_version` in the metadata of a safetensors file. */
export interface FileFormat {
  readonly format: string;
  readonly version: string;
  /** What such a file contains: "a tool head". */
  readonly content: string;
  /** For a file of another format. */
  readonly formatHint?: string;
  /** For a file of another version. */
  readonly versionHint: string;
}

/** @throws `FILE_INVALID`: another format or version. */
export function assertFormat(file: SafetensorsFile, expected: FileFormat): void {
  const { format, format_version: version } = file.metadata;
  if (format !== expected.format) {
    const what = `${expected.content} (metadata format ${shown(expected.format)})`;
    const { formatHint } = expected;
    throw invalidFile(
      file.path,
      what,
      shown(format),
      formatHint === undefined ? undefined : { hint: formatHint },
    );
  }
  if (version !== expected.version) {
    throw invalidFile(file.path, `format version ${expected.version}`, shown(version), {
      hint: expected.versionHint,
    });
  }
}

/** Metadata entries of a format. */
export function formatMetadata({ format, version }: FileFormat): Record<string, string> {
  return { format, format_version: version };
}
