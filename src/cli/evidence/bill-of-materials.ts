import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const SBOM_BYTES_MAX = 64 * 1024 * 1024;
const SBOM_TIMEOUT_MS = 120_000;

/** CycloneDX, of what production runs on, as npm sees what is installed. Null with the reason where npm cannot say. */
export async function billOfMaterials(): Promise<{
  text: string | null;
  components: number;
  reason: string;
}> {
  try {
    const { stdout } = await promisify(execFile)(
      'npm',
      [
        'sbom',
        '--omit',
        'dev',
        '--omit',
        'optional',
        '--sbom-format',
        'cyclonedx',
        '--sbom-type',
        'application',
      ],
      { maxBuffer: SBOM_BYTES_MAX, timeout: SBOM_TIMEOUT_MS },
    );
    const { components } = JSON.parse(stdout) as { components: unknown[] };
    return { text: stdout, components: components.length, reason: '' };
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string };
    return { text: null, components: 0, reason: `npm sbom failed: ${(stderr || message).slice(0, 500)}` };
  }
}
