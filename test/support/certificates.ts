/** An authority of the test's own and certificates for servers, made by openssl: good ones and all the bad ones. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isInstalled } from './cli-process.js';

export const canCertify = isInstalled('openssl');

export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

export interface Authority {
  /** To be given as --ca-file. */
  readonly file: string;
  /** For these names, until then (YYYYMMDDHHMMSSZ). */
  certify(name: string, names: string, until?: string): Certificate;
}

const LONG = '20990101000000Z';

/** `base` is a directory for its files. */
export function openAuthority(base: string): Authority {
  mkdirSync(base, { recursive: true });
  const at = (name: string): string => join(base, name);
  const openssl = (...args: readonly string[]): void => {
    execFileSync('openssl', args, { cwd: base, stdio: ['ignore', 'ignore', 'pipe'] });
  };
  writeFileSync(
    at('ca.cnf'),
    '[ca]\ndefault_ca=here\n[here]\ndatabase=index.txt\nrand_serial=yes\nnew_certs_dir=.\ndefault_md=sha256\nunique_subject=no\npolicy=any\n[any]\ncommonName=supplied\n',
  );
  writeFileSync(at('index.txt'), '');
  selfSigned(base, 'authority', '/CN=authority of a test', 'basicConstraints=critical,CA:TRUE');
  return {
    file: at('authority.pem'),
    certify(name, names, until = LONG) {
      openssl('req', '-newkey', 'rsa:2048', '-nodes', '-keyout', `${name}.key`, '-subj', `/CN=${name}`, '-out', `${name}.csr`);
      writeFileSync(at(`${name}.ext`), `subjectAltName=${names}\n`);
      const signing = ['-config', 'ca.cnf', '-batch', '-notext', '-cert', 'authority.pem', '-keyfile', 'authority.key'];
      const times = ['-startdate', '20200101000000Z', '-enddate', until];
      openssl('ca', ...signing, ...times, '-extfile', `${name}.ext`, '-in', `${name}.csr`, '-out', `${name}.pem`);
      return readCertificate(base, name);
    },
  };
}

/** A certificate that no authority has signed. */
export function selfSigned(base: string, name: string, subject: string, extension: string): Certificate {
  const made = ['-newkey', 'rsa:2048', '-nodes', '-keyout', `${name}.key`, '-out', `${name}.pem`, '-days', '30'];
  execFileSync('openssl', ['req', '-x509', ...made, '-subj', subject, '-addext', extension], { cwd: base, stdio: 'ignore' });
  return readCertificate(base, name);
}

function readCertificate(base: string, name: string): Certificate {
  return { cert: readFileSync(join(base, `${name}.pem`), 'utf8'), key: readFileSync(join(base, `${name}.key`), 'utf8') };
}
