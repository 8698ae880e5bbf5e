internal import ArgumentParser
internal import Search
internal import Stages

extension SearchSettings.Coarse: ExpressibleByArgument {}
extension SearchSettings.Fine: ExpressibleByArgument {}
extension SearchSettings.FeedbackStage: ExpressibleByArgument {}
extension Fusion: ExpressibleByArgument {}
extension Feedback.Method: ExpressibleByArgument {}

/// The options of `search` that say how; most belong to one mode.
struct SearchModeOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "How to search; by default what the index is made for.",
      discussion: SearchModes.all.map { "\($0.name): \($0.summary)" }.joined(separator: "\n")))
  var mode: String?
  @Option(help: "Candidates to verify, and the length of lists to fuse.") var candidates = 1000
  @Option(help: "What finds candidates: sparse, pq or dense.") var coarse: SearchSettings.Coarse?
  @Option(help: "Lists of codes to scan, the nearest to the query; by default all, which is exact.") var probes: Int?
  @Option(help: "What the candidates' own scores count: bigranular 0, BiDR 0.3; hybrid 0.1.") var weight: Double?
  @Option(help: "hybrid: interpolation, normalized or rrf.") var fusion = Fusion.interpolation
  @Option(help: "Changes the query by what it finds first: average or rocchio.") var feedback: Feedback.Method?
  @Option(help: "Documents that feedback takes; 3 for average, 5 for rocchio.") var feedbackDocuments: Int?
  @Option(help: "Terms that feedback leaves a sparse query.") var feedbackTerms = 20
  @Option(help: "hybrid: feedback before lists are fused, after, or both.")
  var feedbackStage = SearchSettings.FeedbackStage.before
  @Option(help: "rerank: the run file whose documents are ranked again.", completion: .file()) var rerank: String?
  @Option(help: "rerank: by dense, sparse or colbert.") var by = SearchSettings.Fine.dense
  @Option(
    help: ArgumentHelp(
      "Queries that are encoded already, JSON lines of `id` and `vector`, as `pipeline encode` prints them.",
      discussion: "May be given twice, for the sparse and the dense side."),
    completion: .file())
  var queryVectors: [String] = []

  func validate() throws {
    if candidates < 1 { throw ValidationError("--candidates must be at least 1") }
    if let probes, probes < 1 { throw ValidationError("--probes must be at least 1") }
    if let weight, !weight.isFinite { throw ValidationError("--weight must be a number") }
    if let feedbackDocuments, feedbackDocuments < 1 { throw ValidationError("--feedback-documents must be at least 1") }
    if feedbackTerms < 1 { throw ValidationError("--feedback-terms must be at least 1") }
  }

  /// Throws `RetrievalFileError` for a run that cannot be read.
  func settings() throws -> SearchSettings {
    var settings = SearchSettings()
    settings.mode = mode
    settings.candidates = candidates
    settings.coarse = coarse
    settings.probes = probes
    settings.weight = weight
    settings.fusion = fusion
    settings.feedbackStage = feedbackStage
    settings.by = by
    if let rerank { settings.run = try Run.read(path: rerank) }
    if let feedback {
      var change = Feedback(feedback, documents: feedbackDocuments)
      change.terms = feedbackTerms
      settings.feedback = change
    }
    return settings
  }
}
