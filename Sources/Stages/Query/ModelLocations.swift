/// Where the models are that queries need: an index names models by digest and never by path.
package struct ModelLocations: Sendable {
  /// Digest to folder, from `INDEX/models.json`.
  package var known: [String: String]
  /// Name of a stage, or the empty text for any, to folder: `--model NAME=DIR` and `--model DIR`.
  package var given: [String: String]

  package init(known: [String: String] = [:], given: [String: String] = [:]) {
    self.known = known
    self.given = given
  }

  /// From the values of `--model`: `NAME=DIR` or `DIR`.
  package init(options: [String]) {
    self.init()
    for option in options {
      if let equals = option.firstIndex(of: "="), !option[..<equals].contains("/") {
        given[String(option[..<equals])] = String(option[option.index(after: equals)...])
      } else {
        given[""] = option
      }
    }
  }

  /// The folder to try for the model of a stage. One that was given goes first, whatever its digest: that it is another
  /// model is an error to be told.
  package func folder(stage: String, digest: String) -> String? {
    given[stage] ?? given[""] ?? known[digest]
  }
}
