/** Whether QEMU can have this machine's processor run its guests. */
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';

const usable = (file: string, mode: number): boolean => {
  try {
    accessSync(file, mode);
    return true;
  } catch {
    return false;
  }
};

/** Some cloud machines have a /dev/kvm that runs only kernels made for it (kvm-pvm); a stock kernel hangs there. */
export const hasKvm = (): boolean =>
  usable('/dev/kvm', constants.R_OK | constants.W_OK) &&
  !existsSync('/sys/module/kvm_pvm') &&
  /\b(?:svm|vmx)\b/u.test(readFileSync('/proc/cpuinfo', 'utf8'));
