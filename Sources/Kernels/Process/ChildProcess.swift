internal import CKernels
internal import Glibc
internal import Synchronization

/// A program running as a child of this one, joined to it by three pipes.
///
/// It has an environment, process group and signal state of its own and no descriptor of ours. The kernel kills it when
/// the thread that started it ends, so it never outlives us; that thread must live as long as the child is wanted.
/// One thread may write, one read the output and one the errors, all at the same time.
package final class ChildProcess: Sendable {
  /// A program that does not start.
  package struct StartFailure: Error, CustomStringConvertible {
    package let program: String
    /// The system's `errno`.
    package let code: Int32
    package var isMissing: Bool { code == ENOENT || code == EACCES || code == ENOEXEC || code == ENOTDIR }
    package var description: String { "cannot start \(program): \(systemMessage(code))" }
  }

  /// How it ended.
  package enum Ending: Sendable, Hashable, CustomStringConvertible {
    case exited(Int32)
    case killed(signal: Int32)

    package var description: String {
      switch self {
      case .exited(let code): "exited with code \(code)"
      case .killed(let signal): "was killed by signal \(signal)"
      }
    }
  }

  package enum Stream: Sendable { case output, errors }

  /// What a read gave.
  package enum Reading: Sendable, Hashable {
    case bytes(Int)
    /// Nothing came in time.
    case nothing
    case end
  }

  private struct State {
    /// -1 when closed.
    var input: Int32
    var ending: Ending?
  }

  package let identifier: Int32
  private let output: Int32
  private let errors: Int32
  private let state: Mutex<State>

  /// - Parameters:
  ///   - command: the program, looked up in PATH, and its arguments.
  ///   - environment: `NAME=VALUE`; nothing else is passed on.
  ///   - directory: its working directory; ours if there is none.
  /// - Throws: `StartFailure`.
  package init(_ command: [String], environment: [String], directory: String?) throws(StartFailure) {
    precondition(!command.isEmpty)
    var child = ck_child()
    // Each list ends with nil; the strings are freed below, after the call that reads them.
    var arguments = unsafe command.map { unsafe strdup($0) } + [nil]
    var variables = unsafe environment.map { unsafe strdup($0) } + [nil]
    defer { unsafe (arguments + variables).forEach { unsafe free($0) } }
    let code = unsafe ck_child_start(&arguments, &variables, directory, &child)
    guard code == 0 else { throw StartFailure(program: command[0], code: code) }
    identifier = child.pid
    output = child.output
    errors = child.errors
    state = Mutex(State(input: child.input))
  }

  deinit {
    kill()
    closeInput()
    close(output)
    close(errors)
    // It was killed: this does not take long.
    while ending() == nil { usleep(1000) }
  }

  /// Writes as much of `bytes[offset...]` as its pipe takes.
  ///
  /// - Returns: bytes written; 0 if `milliseconds` passed without room for any.
  /// - Throws: `FileError` when the child reads no more.
  package func write(_ bytes: [UInt8], from offset: Int, milliseconds: Int32) throws(FileError) -> Int {
    precondition(offset >= 0 && offset < bytes.count)
    let input = state.withLock { $0.input }
    guard input >= 0 else { throw FileError("write to", "a closed pipe", code: EPIPE) }
    var request = pollfd(fd: input, events: Int16(POLLOUT), revents: 0)
    // Reads and writes the one structure.
    let ready = unsafe poll(&request, 1, milliseconds)
    if ready == 0 || ready < 0 && errno == EINTR { return 0 }
    // Reads the bytes.count - offset bytes that are left.
    let count = unsafe bytes.withUnsafeBytes { source in
      unsafe Glibc.write(input, source.baseAddress! + offset, bytes.count - offset)
    }
    if count >= 0 { return count }
    if errno == EAGAIN || errno == EINTR { return 0 }
    throw FileError("write to", "process \(identifier)")
  }

  /// No more input: a well-behaved child ends now.
  package func closeInput() {
    state.withLock { state in
      if state.input >= 0 { close(state.input) }
      state.input = -1
    }
  }

  /// Reads into `buffer[start...]` what is there, at least a byte unless `milliseconds` pass.
  package func read(
    _ stream: Stream, into buffer: inout [UInt8], from start: Int, milliseconds: Int32
  ) throws(FileError) -> Reading {
    precondition(start >= 0 && start < buffer.count)
    let descriptor = stream == .output ? output : errors
    var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    // Reads and writes the one structure.
    let ready = unsafe poll(&request, 1, milliseconds)
    if ready == 0 || ready < 0 && errno == EINTR { return .nothing }
    let wanted = buffer.count - start
    // Writes at most the `wanted` bytes from `start` to the buffer's end.
    let count = unsafe buffer.withUnsafeMutableBytes { target in
      unsafe Glibc.read(descriptor, target.baseAddress! + start, wanted)
    }
    if count > 0 { return .bytes(count) }
    if count == 0 { return .end }
    if errno == EAGAIN || errno == EINTR { return .nothing }
    throw FileError("read from", "process \(identifier)")
  }

  /// Kills it and what it has started in its process group.
  package func kill() {
    state.withLock { state in
      // Not after it was reaped: its number may belong to somebody else by then.
      guard state.ending == nil else { return }
      Glibc.kill(-identifier, SIGKILL)
      Glibc.kill(identifier, SIGKILL)
    }
  }

  /// How it ended; `nil` while it runs.
  package func ending() -> Ending? {
    state.withLock { state in
      if state.ending == nil {
        var status: Int32 = 0
        // Writes the one integer.
        let found = unsafe ck_child_ended(identifier, &status)
        if found > 0 { state.ending = status < 0 ? .killed(signal: -status) : .exited(status) }
        if found < 0 { state.ending = .exited(-1) }
      }
      return state.ending
    }
  }
}
