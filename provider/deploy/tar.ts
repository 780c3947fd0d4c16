// A tar archive of small files, as Docker's archive call takes it. Format: POSIX ustar, one 512-byte header a file.

export interface TarFile {
  /** Relative, at most 100 bytes. A name that ends with / is a folder. */
  name: string;
  content: string;
  mode: number;
  /** Owner and group. */
  owner: number;
}

const block = 512;

/** The archive of `files`; a folder comes before what lies in it. */
export function tarOf(files: readonly TarFile[]): Buffer {
  const parts = files.flatMap(file => {
    const content = Buffer.from(file.content);
    return [headerOf(file, content.length), content, padding(content.length)];
  });
  // Two empty blocks are the end.
  return Buffer.concat([...parts, Buffer.alloc(2 * block)]);
}

/** The first file of an archive, as Docker gives one back; null when there is none. */
export function firstFileOf(archive: Buffer): string | null {
  for (let at = 0; at + block <= archive.length;) {
    const size = Number.parseInt(archive.toString('latin1', at + 124, at + 135), 8);
    if (Number.isNaN(size)) return null;
    const kind = archive.toString('latin1', at + 156, at + 157);
    if (kind === '0' || kind === '\0')
      return archive.toString('utf8', at + block, at + block + size);
    at += block + Math.ceil(size / block) * block;
  }
  return null;
}

function headerOf({name, mode, owner}: TarFile, size: number): Buffer {
  const header = Buffer.alloc(block);
  const octal = (value: number, at: number, length: number) =>
    header.write(value.toString(8).padStart(length - 1, '0'), at, 'latin1');
  header.write(name, 0, 100, 'utf8');
  octal(mode, 100, 8);
  octal(owner, 108, 8);
  octal(owner, 116, 8);
  octal(size, 124, 12);
  octal(0, 136, 12);
  header.fill(' ', 148, 156);
  header.write(name.endsWith('/') ? '5' : '0', 156, 'latin1');
  header.write('ustar\x0000', 257, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
}

function padding(length: number): Buffer {
  return Buffer.alloc((block - (length % block)) % block);
}
