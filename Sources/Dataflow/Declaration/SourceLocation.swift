/// Where a piece of configuration was written, printed as editors and compilers do: `jobs/x.yaml:12:7`.
///
/// Lines and columns count from 1; a column is a Unicode scalar, not a byte. Line 0 stands for the file as a whole and
/// prints the name alone, which is also how an override of the command line prints: `--set budget.memory`.
package struct SourceLocation: Hashable, Sendable, CustomStringConvertible {
  /// The path as it was given, relative to the working directory or absolute; for an override, the option itself.
  package let file: String
  package let line: Int
  package let column: Int
  /// Whether the text came with the command line: relative paths then start at the working directory, and a mistake
  /// in it ends the process with `ExitCode.usage`.
  package let isCommandLine: Bool

  package init(file: String, line: Int = 0, column: Int = 0) {
    self.file = file
    self.line = line
    self.column = column
    isCommandLine = false
  }

  private init(option: String) {
    file = option
    line = 0
    column = 0
    isCommandLine = true
  }

  /// The place of an option of the command line, such as `--set stages.expanded.terms`.
  package static func commandLine(_ option: String) -> SourceLocation {
    SourceLocation(option: option)
  }

  package var description: String {
    line == 0 ? file : "\(file):\(line):\(column)"
  }
}
