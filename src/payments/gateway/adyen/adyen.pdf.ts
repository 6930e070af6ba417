/** Lines of a page of A4, and characters of a line, in 10 pt Helvetica with room at the edges. */
const LINES_PER_PAGE = 50;
const CHARACTERS_PER_LINE = 90;

/** The smallest PDF that shows these paragraphs: what has to be handed in as a document was written as text. ISO 32000-1, 7.5 */
export function pdfOf(paragraphs: readonly string[]): Buffer {
  const lines = paragraphs.flatMap((it) => [...wrapped(it), '']);
  const pages: string[][] = [];
  for (let at = 0; at < lines.length; at += LINES_PER_PAGE) pages.push(lines.slice(at, at + LINES_PER_PAGE));

  const objects = ['<< /Type /Catalog /Pages 2 0 R >>'];
  const kids = pages.map((_, index) => `${4 + 2 * index} 0 R`).join(' ');
  objects.push(`<< /Type /Pages /Kids [${kids}] /Count ${pages.length} >>`);
  objects.push('<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>');
  for (const [index, page] of pages.entries()) {
    const shown = page.map((line) => `(${escaped(line)}) Tj T*`).join('\n');
    const content = `BT /F1 10 Tf 14 TL 50 790 Td\n${shown}\nET`;
    objects.push(
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents ${5 + 2 * index} 0 R /Resources << /Font << /F1 3 0 R >> >> >>`,
      `<< /Length ${Buffer.byteLength(content, 'latin1')} >>\nstream\n${content}\nendstream`,
    );
  }
  return written(objects);
}

function written(objects: readonly string[]): Buffer {
  let file = '%PDF-1.4\n';
  const offsets = objects.map((object, index) => {
    const offset = file.length;
    file += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return offset;
  });
  const table = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  const size = objects.length + 1;
  file += `xref\n0 ${size}\n0000000000 65535 f \n${table}trailer\n<< /Size ${size} /Root 1 0 R >>\nstartxref\n${file.length}\n%%EOF\n`;
  return Buffer.from(file, 'latin1');
}

function wrapped(paragraph: string): string[] {
  const lines: string[] = [''];
  for (const word of paragraph.split(/\s+/).flatMap((it) => it.match(/.{1,90}/gu) ?? [])) {
    const line = `${lines.at(-1)} ${word}`.trim();
    if (line.length <= CHARACTERS_PER_LINE) lines[lines.length - 1] = line;
    else lines.push(word);
  }
  return lines;
}

/** What Latin-1 has no letter for is shown as a question mark. */
function escaped(line: string): string {
  return line.replace(/[^\x20-\x7e\xa0-\xff]/gu, '?').replace(/[\\()]/g, '\\$&');
}
