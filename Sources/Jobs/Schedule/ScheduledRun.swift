/// What a scheduler starts: `PROGRAM run JOB OPTIONS` as it would be typed in a folder, with variables of its own.
package struct ScheduledRun: Sendable {
  /// Absolute paths.
  package let program: String
  package let job: String
  /// Words that follow the job: options and their values.
  package let options: [String]
  /// What relative paths of the options start at; `nil` where there are none.
  package let folder: String?
  /// What the job reads of the environment. A scheduler's is not that of the shell in which the job was tried.
  package let variables: [String: String]

  package init(
    program: String, job: String, options: [String] = [], folder: String? = nil, variables: [String: String] = [:]
  ) {
    self.program = program
    self.job = job
    self.options = options
    self.folder = folder
    self.variables = variables
  }

  var words: [String] { [program, "run", job] + options }

  /// By their names, so that the same variables always make the same text.
  var assignments: [(name: String, value: String)] {
    variables.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
  }
}
