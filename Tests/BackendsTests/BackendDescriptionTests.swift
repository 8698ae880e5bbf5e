import Backends
import Foundation
import Testing

@Suite struct BackendDescriptionTests {
  @Test func commandIsReadFromItsList() throws {
    let json = Data(#"{"command": ["python3", "worker.py"]}"#.utf8)
    #expect(try JSONDecoder().decode(BackendDescription.self, from: json).command == ["python3", "worker.py"])
  }
}
