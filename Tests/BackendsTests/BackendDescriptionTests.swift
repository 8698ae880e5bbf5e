import Backends
import Foundation
import Testing

@Suite struct BackendDescriptionTests {
  private func read(_ json: String) throws -> BackendDescription {
    try JSONDecoder().decode(BackendDescription.self, from: Data(json.utf8))
  }

  @Test func onlyTheCommandIsRequired() throws {
    let description = try read(#"{"command": ["python3", "worker.py"]}"#)
    #expect(description == BackendDescription(command: ["python3", "worker.py"]))
  }

  @Test(arguments: [
    #"{"command": []}"#, #"{"command": [""]}"#, #"{"command": ["a\u0000b"]}"#, #"{"command": ["a"], "identity": ""}"#,
    #"{"command": ["a"], "processes": 0}"#, #"{"command": ["a"], "batch": 65537}"#,
    #"{"command": ["a"], "answer-seconds": 0}"#, #"{"command": ["a"], "retries": -1}"#,
    #"{"command": ["a"], "environment": {"A=B": "c"}}"#,
  ])
  func nonsenseIsRefused(json: String) {
    #expect(throws: DecodingError.self) { try read(json) }
  }

  @Test func howAWorkerIsStartedIsNoPartOfWhatItMakes() throws {
    let one = try JSONEncoder().encode(read(#"{"command": ["a"], "processes": 4, "environment": {"A": "b"}}"#))
    let other = try JSONEncoder().encode(read(#"{"command": ["ssh", "b", "a"], "retries": 0}"#))
    #expect(one == other)
    #expect(try one != JSONEncoder().encode(read(#"{"command": ["a"], "batch": 3}"#)))
  }

  @Test func aChildSeesWhatItIsGivenAndLittleElse() throws {
    let description = try read(#"{"command": ["a"], "environment": {"B": "1", "HOME": "/x"}}"#)
    let ours = ["PATH": "/bin", "HOME": "/root", "SECRET_TOKEN": "s", "LD_PRELOAD": "evil.so"]
    #expect(description.variables(of: ours) == ["B=1", "HOME=/x", "PATH=/bin"])
  }
}
