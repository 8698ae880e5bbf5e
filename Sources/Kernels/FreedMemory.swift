internal import CKernels

/// Memory that was freed and is still the process's.
package enum FreedMemory {
  /// Hands it back to the system: for those who measure what comes next.
  package static func giveBack() { ck_give_back() }
}
