/// Reads `modules.json`: the modules of a sentence-transformers model, by the last part of their class's name (the
/// packages were renamed more than once).
enum SentenceTransformersFolder {
  /// One module that is named, and where it is.
  private struct Named {
    let type: String
    let root: ModelRoot
    let file: String

    /// The last part of the class name.
    var kind: String { type.split(separator: ".").last.map(String.init) ?? "" }
    var isTransformer: Bool { kind == "Transformer" || kind == "MLMTransformer" }
  }

  static func sides(_ root: ModelRoot) throws -> (queries: ModelSide, documents: ModelSide, isRouter: Bool) {
    let fields = try root.json("modules.json")
    let named = try fields.elements().map { element in
      guard let type = try element.text("type") else { throw element.error("lacks type") }
      let path = try element.text("path") ?? ""
      // Normalize has no files, and some repositories no folder for it.
      let isEmpty = try !path.isEmpty && !root.holdsFolder(path) && type.hasSuffix(".Normalize")
      return Named(type: type, root: isEmpty ? root : try root.folder(path), file: fields.file)
    }
    guard let first = named.first else { throw fields.error("names no module") }
    let rest = Array(named.dropFirst())
    if first.kind == "Router" || first.kind == "Asym" {
      let router = try Router(first.root, root: root)
      return (
        try side(try router.modules("query") + rest, root), try side(try router.modules("document") + rest, root), true
      )
    }
    let side = try side(named, root)
    return (side, side, false)
  }

  private static func side(_ named: [Named], _ root: ModelRoot) throws -> ModelSide {
    guard let first = named.first else {
      throw ModelError(.damaged, root.full("modules.json"), "a route has no modules")
    }
    if first.kind == "SparseStaticEmbedding" || first.kind == "IDF" {
      let rest = try named.dropFirst().map(module)
      return try ModelSide(
        checkpoint: nil, root: first.root, modules: [.staticEmbedding(try StaticEmbedding(first.root))] + rest,
        tokenizerRoots: [root])
    }
    guard first.isTransformer else {
      throw ModelError(.unavailable, first.file, "the first module is a \(first.kind), which is not computed")
    }
    let checkpoint = try Checkpoint(first.root)
    let isVocabulary = try first.kind == "MLMTransformer" || task(first.root) == "fill-mask"
    if isVocabulary, !checkpoint.hasVocabularyHead {
      throw ModelError(.damaged, first.root.full(""), "modules.json wants a vocabulary head, and the weights have none")
    }
    let modules = try named.dropFirst().map(module)
    try check(modules, checkpoint, isVocabulary: isVocabulary, root)
    return try ModelSide(checkpoint: checkpoint, root: first.root, modules: modules, tokenizerRoots: [root])
  }

  private static func task(_ root: ModelRoot) throws -> String {
    let task = try ModelSide.settings(root)?.text("transformer_task") ?? "feature-extraction"
    guard task == "feature-extraction" || task == "fill-mask" else {
      throw ModelError(.unavailable, root.full(""), "the transformer's task \(task) is not computed")
    }
    return task
  }

  private static func module(_ named: Named) throws -> ModelModule {
    switch named.kind {
    case "Pooling": return .pooling(try PoolingSettings(try named.root.json("config.json")))
    case "Dense": return .dense(try DenseSettings(named.root))
    case "Normalize": return .normalize
    case "SpladePooling": return .spladePooling(try SpladePoolingSettings(try named.root.json("config.json")))
    case let other: throw ModelError(.unavailable, named.file, "the module \(other) is not computed")
    }
  }

  /// Whether each module takes what the one before it gives.
  private static func check(
    _ modules: [ModelModule], _ checkpoint: Checkpoint, isVocabulary: Bool, _ root: ModelRoot
  ) throws {
    func contradiction(_ detail: String) -> ModelError { ModelError(.damaged, root.full("modules.json"), detail) }
    var width = checkpoint.configuration.width
    var isPooled = false
    for module in modules {
      switch module {
      case .pooling(let pooling):
        guard !isPooled, !isVocabulary else { throw contradiction("pools what has no tokens") }
        isPooled = true
        width *= pooling.modes.count
      case .dense(let dense):
        guard dense.appliesToTokens != isPooled else { throw contradiction("Dense comes at the wrong place") }
        guard dense.inputs == width else {
          throw contradiction("Dense takes vectors of \(dense.inputs), and gets vectors of \(width)")
        }
        width = dense.outputs
      case .spladePooling:
        guard isVocabulary, !isPooled else { throw contradiction("SpladePooling comes without a vocabulary head") }
        isPooled = true
      default: break
      }
    }
  }

  /// `router_config.json`: lists of modules by route.
  private struct Router {
    private let fields: JSONFields
    private let root: ModelRoot
    private let top: ModelRoot

    init(_ own: ModelRoot, root: ModelRoot) throws {
      let name = try own.holds("router_config.json") ? "router_config.json" : "config.json"
      fields = try own.json(name)
      self.root = own
      top = root
    }

    func modules(_ route: String) throws -> [Named] {
      guard let structure = fields["structure"], let types = fields["types"] else {
        throw fields.error("lacks structure or types")
      }
      let fallback = try fields["parameters"]?.text("default_route")
      guard let list = structure[route] ?? fallback.flatMap({ structure[$0] }) else {
        throw ModelError(.unavailable, fields.file, "has no route for a \(route)")
      }
      return try list.elements().map { try named(try $0.text(), types) }
    }

    private func named(_ id: String, _ types: JSONFields) throws -> Named {
      guard let type = try types.text(id) else { throw types.error("says nothing of the module \(id)") }
      let isTransformer = type.hasSuffix("Transformer")
      // Published repositories keep the transformer of the documents in the model's own folder.
      if isTransformer, try !root.holds("\(id)/config.json"), try top.holds("config.json") {
        return Named(type: type, root: top, file: fields.file)
      }
      let isEmpty = try type.hasSuffix(".Normalize") && !root.holdsFolder(id)
      return Named(type: type, root: isEmpty ? root : try root.folder(id), file: fields.file)
    }
  }
}
