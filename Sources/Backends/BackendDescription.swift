/// How a child process that encodes is started: `backend: {command: [...]}` in a pipeline file.
package struct BackendDescription: Codable, Sendable, Hashable {
  /// The program and its arguments. Comes from the job's or pipeline's file only, never from data.
  package let command: [String]
}
