package import Kernels

extension RetrievalFileError: ExitCoded {
  package var exitCode: ExitCode {
    switch kind {
    case .missing: .noInput
    case .unreadable: .inputOutput
    case .malformed: .badData
    case .unwritable: .cannotCreate
    }
  }
}

extension EvaluationError: ExitCoded {
  package var exitCode: ExitCode { .badData }
}

extension MeasureNameError: ExitCoded {
  package var exitCode: ExitCode { .usage }
}
