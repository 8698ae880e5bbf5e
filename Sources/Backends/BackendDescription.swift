/// How a child process that encodes is started and watched: `backend: {command: [...]}` in a pipeline file.
///
/// What decides the output is the worker's own `identity`, not the way it is started: none of this is part of a
/// fingerprint but `batch`, and `identity` by its digest.
package struct BackendDescription: Codable, Sendable, Hashable {
  /// The program and its arguments. Comes from the job's or pipeline's file only, never from data. A program without a
  /// slash is looked up in PATH.
  package let command: [String]
  /// What the worker must say it is: model, revision, precision. With it, nothing is started to plan a run.
  package var identity: String?
  /// Children that share the work, 1 to 64: one for each GPU, or one for some cores.
  package var processes: Int
  /// Passages in a batch, at most; the worker's own limit holds too.
  package var batch: Int
  /// Seconds until the worker must have greeted: it loads its model in them.
  package var startSeconds: Int
  /// Seconds that may pass without an answer while the worker owes one.
  package var answerSeconds: Int
  /// How often a chunk is tried again after the worker has died or gone silent.
  package var retries: Int
  /// Variables that the child gets besides `inheritedVariables`.
  package var environment: [String: String]
  /// Its working directory: the folder of the file that describes it, so that relative paths mean the same as elsewhere.
  package var directory: String?

  /// What a child sees of our environment; everything else must be named in `environment`.
  package static let inheritedVariables = [
    "PATH", "HOME", "USER", "TMPDIR", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES",
  ]
  package static let defaultBatch = 256
  /// Where a decoder says in which folder the file that it reads lies.
  package static let folderKey = CodingUserInfoKey(rawValue: "folder")!

  package init(
    command: [String], identity: String? = nil, processes: Int = 1, batch: Int = defaultBatch, startSeconds: Int = 600,
    answerSeconds: Int = 300, retries: Int = 2, environment: [String: String] = [:], directory: String? = nil
  ) {
    self.command = command
    self.identity = identity
    self.processes = processes
    self.batch = batch
    self.startSeconds = startSeconds
    self.answerSeconds = answerSeconds
    self.retries = retries
    self.environment = environment
    self.directory = directory
  }

  private enum Keys: String, CodingKey {
    case command, identity, processes, batch, retries, environment
    case startSeconds = "start-seconds"
    case answerSeconds = "answer-seconds"
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Keys.self)
    func whole(_ key: Keys, _ range: ClosedRange<Int>, else value: Int) throws -> Int {
      let found = try container.decodeIfPresent(Int.self, forKey: key) ?? value
      guard !range.contains(found) else { return found }
      throw Self.problem(container, key, "must be from \(range.lowerBound) to \(range.upperBound)")
    }
    command = try container.decode([String].self, forKey: .command)
    identity = try container.decodeIfPresent(String.self, forKey: .identity)
    processes = try whole(.processes, 1...64, else: 1)
    batch = try whole(.batch, 1...65536, else: Self.defaultBatch)
    startSeconds = try whole(.startSeconds, 1...86400, else: 600)
    answerSeconds = try whole(.answerSeconds, 1...86400, else: 300)
    retries = try whole(.retries, 0...100, else: 2)
    environment = try container.decodeIfPresent([String: String].self, forKey: .environment) ?? [:]
    directory = decoder.userInfo[Self.folderKey] as? String
    let texts = command + environment.flatMap { [$0.key, $0.value] }
    if command.first?.isEmpty ?? true || texts.contains(where: { $0.utf8.contains(0) }) {
      throw Self.problem(container, .command, "must name a program")
    }
    if identity?.isEmpty ?? false { throw Self.problem(container, .identity, "must not be empty") }
    if environment.keys.contains(where: { $0.isEmpty || $0.contains("=") }) {
      throw Self.problem(container, .environment, "has a name that is none")
    }
  }

  private static func problem(_ container: KeyedDecodingContainer<Keys>, _ key: Keys, _ text: String) -> DecodingError {
    .dataCorruptedError(forKey: key, in: container, debugDescription: text)
  }

  /// Only what changes bytes: the composition of batches.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Keys.self)
    try container.encode(batch, forKey: .batch)
  }

  /// `NAME=VALUE` for the child, sorted by name.
  package func variables(of ours: [String: String]) -> [String] {
    let inherited = ours.filter { Self.inheritedVariables.contains($0.key) }
    return inherited.merging(environment) { $1 }.map { "\($0.key)=\($0.value)" }.sorted()
  }

  /// The program for messages.
  var name: String { command.prefix(3).joined(separator: " ") + (command.count > 3 ? " ..." : "") }
}
