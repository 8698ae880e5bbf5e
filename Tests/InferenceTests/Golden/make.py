#!/usr/bin/env python3
"""Makes the tiny random checkpoints of this folder and what PyTorch computes with them (in fp64, rounded to fp32).

    make.py      needs torch, transformers, sentence-transformers, safetensors, numpy

Each model is a folder with `expected.safetensors`: `tokens` and `offsets` (as F32) of sequences end to end, `states`
(tokens, width), and what its heads give. Weights are stored in fp16 or bf16 where a model's name says nothing else, so
that they are small; PyTorch computes with the stored values.
"""
import json
import pathlib
import shutil

import numpy as np
import torch
from safetensors.torch import save_file
from transformers import BertConfig, BertForMaskedLM, BertModel, DistilBertConfig, DistilBertForMaskedLM, DistilBertModel

HERE = pathlib.Path(__file__).parent
VOCABULARY = 131
POSITIONS = 41
LENGTHS = [1, 2, 7, 33, 41, 16, 5]


def folder(name):
    path = HERE / name
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return path


def randomize(module, seed, dtype):
    """Every parameter gets values that matter: biases and norms too, and attention that is not flat."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            if "norm" in name.lower() and name.endswith(("weight", "gamma")):
                value = 1 + 0.2 * noise
            elif parameter.dim() == 1 or parameter.dim() == 0:
                value = 0.1 * noise
            elif "embeddings" in name:
                value = 0.7 * noise
            else:
                value = 1.3 * noise / parameter.shape[-1] ** 0.5
            parameter.copy_(value.to(dtype).to(parameter.dtype))
    return module.eval()


def sequences(seed, lengths=LENGTHS, positions=POSITIONS):
    generator = np.random.default_rng(seed)
    return [generator.integers(0, VOCABULARY, min(length, positions)).tolist() for length in lengths]


def run(module, batch):
    """Last hidden states of each sequence, alone and unpadded, in fp64."""
    module = module.double()
    with torch.no_grad():
        return [module(input_ids=torch.tensor([ids])).last_hidden_state[0] for ids in batch]


def save(path, tensors, dtype, name="model.safetensors"):
    save_file({key: value.detach().to(dtype).contiguous().clone() for key, value in tensors.items()}, path / name,
              metadata={"format": "pt"})
    (path / name).chmod(0o644)


def expect(path, batch, states, **results):
    tensors = {"tokens": torch.tensor([id for ids in batch for id in ids]),
               "offsets": torch.tensor([0] + list(np.cumsum([len(ids) for ids in batch]))), "states": torch.cat(states)}
    save(path, {**tensors, **results}, torch.float32, "expected.safetensors")


def configuration(path, values):
    (path / "config.json").write_text(json.dumps(values, indent=1) + "\n")


def bert(**changes):
    values = dict(vocab_size=VOCABULARY, hidden_size=32, num_hidden_layers=2, num_attention_heads=4,
                  intermediate_size=64, max_position_embeddings=POSITIONS, type_vocab_size=2, hidden_act="gelu",
                  attn_implementation="eager")
    return BertConfig(**{**values, **changes})


def written(config, architecture, kind="bert", **changes):
    keys = ["vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size",
            "max_position_embeddings", "type_vocab_size", "hidden_act", "layer_norm_eps", "pad_token_id",
            "tie_word_embeddings"] if kind == "bert" else [
            "vocab_size", "dim", "n_layers", "n_heads", "hidden_dim", "max_position_embeddings", "activation",
            "pad_token_id", "tie_word_embeddings"]
    return {"architectures": [architecture], "model_type": kind, "position_embedding_type": "absolute",
            **{key: getattr(config, key) for key in keys}, **changes}


def pooled(logits):
    """What the vocabulary head must give: maximum and sum of log(1 + ReLU), logits at position 0."""
    weights = [torch.log1p(torch.relu(l)) for l in logits]
    return {"maximum": torch.stack([w.max(0).values for w in weights]), "sum": torch.stack([w.sum(0) for w in weights]),
            "first": torch.stack([l[0] for l in logits])}


def masked_bert(name, seed, dtype, rename=lambda key: key, drop=(), architecture="BertForMaskedLM", **changes):
    path = folder(name)
    config = bert(**changes)
    model = randomize(BertForMaskedLM(config), seed, dtype)
    batch = sequences(seed)
    tensors = {rename(key): value for key, value in model.state_dict().items() if key not in drop}
    save(path, {key: value for key, value in tensors.items() if "position_ids" not in key}, dtype)
    configuration(path, written(config, architecture))
    states = run(model.bert, batch)
    with torch.no_grad():
        logits = [model.double().cls(s[None])[0] for s in states]
    expect(path, batch, states, **pooled(logits))


def gamma(key):
    return key.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta")


TIED = ("cls.predictions.decoder.weight", "cls.predictions.decoder.bias")


def distilbert():
    path = folder("distilbert-masked")
    config = DistilBertConfig(vocab_size=VOCABULARY, dim=40, n_layers=2, n_heads=5, hidden_dim=72,
                              max_position_embeddings=POSITIONS, attn_implementation="eager")
    model = randomize(DistilBertForMaskedLM(config), 5, torch.float16)
    batch = sequences(5)
    save(path, {k: v for k, v in model.state_dict().items() if k != "vocab_projector.weight"}, torch.float16)
    configuration(path, written(config, "DistilBertForMaskedLM", "distilbert"))
    states = run(model.distilbert, batch)
    with torch.no_grad():
        m = model.double()
        logits = [m.vocab_projector(m.vocab_layer_norm(torch.nn.functional.gelu(m.vocab_transform(s)))) for s in states]
    expect(path, batch, states, **pooled(logits))


def bare_distilbert():
    path = folder("distilbert-bare")
    config = DistilBertConfig(vocab_size=VOCABULARY, dim=32, n_layers=1, n_heads=2, hidden_dim=48, activation="relu",
                              max_position_embeddings=POSITIONS, attn_implementation="eager")
    model = randomize(DistilBertModel(config), 6, torch.bfloat16)
    batch = sequences(6)
    save(path, model.state_dict(), torch.bfloat16)
    configuration(path, written(config, "DistilBertModel", "distilbert"))
    expect(path, batch, run(model, batch))


def bare_bert():
    """No prefix, a pooler, position_ids, widths that are no multiple of a vector's, the other GELU."""
    path = folder("bert-bare")
    config = bert(hidden_size=35, num_attention_heads=7, intermediate_size=51, hidden_act="gelu_new", num_hidden_layers=3,
                  layer_norm_eps=1e-5)
    model = randomize(BertModel(config), 7, torch.bfloat16)
    batch = sequences(7)
    tensors = {k: v.to(torch.bfloat16).contiguous() for k, v in model.state_dict().items() if "position_ids" not in k}
    save_file({**tensors, "embeddings.position_ids": torch.arange(POSITIONS)[None]}, path / "model.safetensors")
    (path / "model.safetensors").chmod(0o644)
    configuration(path, written(config, "BertModel"))
    expect(path, batch, run(model, batch))


def with_heads(name, seed, prefix, heads, architecture):
    """A BERT with linear heads: `heads` is name -> list of (inputs, outputs, bias)."""
    path = folder(name)
    config = bert()
    model = randomize(BertModel(config, add_pooling_layer=False), seed, torch.float16)
    batch = sequences(seed)
    tensors = {prefix + k: v for k, v in model.state_dict().items() if "position_ids" not in k}
    states = run(model, batch)
    results = {}
    for head, layers in heads.items():
        value = torch.cat(states)
        for index, (layer, inputs, outputs, bias) in enumerate(layers):
            linear = randomize(torch.nn.Linear(inputs, outputs, bias=bias), seed + 100 + index, torch.float16)
            tensors |= {f"{layer}.{k}": v for k, v in linear.state_dict().items()}
            with torch.no_grad():
                value = linear.double()(value)
            if index < len(layers) - 1:
                value = torch.relu(value)
        results[head] = value
    save(path, tensors, torch.float16)
    configuration(path, written(config, architecture))
    expect(path, batch, states, **results)


def vocabulary():
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + [f"w{index}" for index in range(VOCABULARY - 5)]
    return words[:VOCABULARY]


def sentence_transformer():
    """Every way to pool, a Dense with tanh on them, Normalize; saved and computed by sentence-transformers."""
    from sentence_transformers.sentence_transformer.modules import Dense, Normalize, Pooling
    path = folder("sentence")
    base = HERE / "bert-masked"
    (path / "1_Pooling").mkdir()
    (path / "2_Dense").mkdir()
    (path / "vocab.txt").write_text("\n".join(vocabulary()) + "\n")
    config = bert()
    model = randomize(BertModel(config, add_pooling_layer=False), 21, torch.float16)
    save(path, {k: v for k, v in model.state_dict().items() if "position_ids" not in k}, torch.float16)
    configuration(path, written(config, "BertModel"))
    modes = ("cls", "max", "mean", "mean_sqrt_len_tokens", "weightedmean", "lasttoken")
    pooling = Pooling(32, pooling_mode=modes)
    flags = {"pooling_mode_cls_token": True, "pooling_mode_max_tokens": True, "pooling_mode_mean_tokens": True,
             "pooling_mode_mean_sqrt_len_tokens": True, "pooling_mode_weightedmean_tokens": True,
             "pooling_mode_lasttoken": True}
    (path / "1_Pooling" / "config.json").write_text(json.dumps({"word_embedding_dimension": 32, **flags}, indent=1) + "\n")
    dense = randomize(Dense(32 * 6, 19, activation_function=torch.nn.Tanh()), 22, torch.float16)
    save(path / "2_Dense", dense.state_dict(), torch.float16)
    dense_config = {"in_features": 192, "out_features": 19, "bias": True,
                    "activation_function": "torch.nn.modules.activation.Tanh"}
    (path / "2_Dense" / "config.json").write_text(json.dumps(dense_config, indent=1) + "\n")
    modules = [("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Dense", "Dense"), ("3_Normalize", "Normalize")]
    (path / "modules.json").write_text(json.dumps(
        [{"idx": i, "name": str(i), "path": p, "type": f"sentence_transformers.models.{t}"} for i, (p, t) in enumerate(modules)],
        indent=1) + "\n")
    (path / "sentence_bert_config.json").write_text('{"max_seq_length": 24, "do_lower_case": false}\n')
    batch = sequences(21)
    states = run(model, batch)
    results = {"pooled": [], "vectors": [], "without_prompt": []}
    with torch.no_grad():
        for state in states:
            def features(prompt=None):
                value = {"token_embeddings": state[None], "attention_mask": torch.ones(1, len(state), dtype=torch.int64)}
                return value if prompt is None else {**value, "prompt_length": prompt}
            value = pooling(features())
            results["pooled"].append(value["sentence_embedding"][0])
            results["vectors"].append(Normalize()(dense.double()(value))["sentence_embedding"][0])
    with torch.no_grad():
        partial = Pooling(32, pooling_mode=("mean", "mean_sqrt_len_tokens", "weightedmean", "cls", "max"), include_prompt=False)
        results["without_prompt"] = [
            partial({"token_embeddings": s[None], "attention_mask": torch.ones(1, len(s), dtype=torch.int64),
                     "prompt_length": 3})["sentence_embedding"][0] for s in states if len(s) > 3]
    expect(path, batch, states, **{key: torch.stack(value) for key, value in results.items()})


def router():
    """An inference-free sparse model as the published ones lie: the documents' weights in the root folder.
    Here without them: the test adds those of `distilbert-masked`."""
    path = folder("router")
    (path / "vocab.txt").write_text("\n".join(vocabulary()) + "\n")
    (path / "modules.json").write_text(json.dumps(
        [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Router"}]) + "\n")
    package = "sentence_transformers.sparse_encoder.models."
    (path / "router_config.json").write_text(json.dumps(
        {"types": {"query_0_SparseStaticEmbedding": package + "SparseStaticEmbedding",
                   "document_0_MLMTransformer": package + "MLMTransformer",
                   "document_1_SpladePooling": package + "SpladePooling"},
         "structure": {"query": ["query_0_SparseStaticEmbedding"],
                       "document": ["document_0_MLMTransformer", "document_1_SpladePooling"]},
         "parameters": {"default_route": "document", "allow_empty_key": True}}, indent=1) + "\n")
    query = path / "query_0_SparseStaticEmbedding"
    query.mkdir()
    (query / "config.json").write_text('{"frozen": false}\n')
    save(query, {"weight": torch.arange(VOCABULARY) / 8}, torch.float32)
    (query / "vocab.txt").write_text("\n".join(vocabulary()) + "\n")
    document = path / "document_1_SpladePooling"
    document.mkdir()
    (document / "config.json").write_text(
        '{"pooling_strategy": "max", "activation_function": "log1p_relu", "word_embedding_dimension": null}\n')


def learned_sparse():
    """The learned-sparse framework's folders: EPIC's documents, and binary queries with a trained scale."""
    path = folder("learned-sparse")
    (path / "config.json").write_text('{"model_type": "DualEncoder", "shared": false}\n')
    (path / "tokenizer").mkdir()
    (path / "tokenizer" / "vocab.txt").write_text("\n".join(vocabulary()) + "\n")
    query = path / "query_encoder"
    query.mkdir()
    (query / "config.json").write_text(f'{{"model_type": "BINARY", "vocab_size": {VOCABULARY}, "scale": 0.3}}\n')
    save(query, {"scale": torch.tensor(0.40625)}, torch.float32)
    document = path / "doc_encoder"
    document.mkdir()
    config = DistilBertConfig(vocab_size=VOCABULARY, dim=32, n_layers=1, n_heads=4, hidden_dim=48,
                              max_position_embeddings=POSITIONS, attn_implementation="eager")
    model = randomize(DistilBertForMaskedLM(config), 31, torch.float16)
    importance = randomize(torch.nn.Linear(32, 1), 32, torch.float16)
    quality = randomize(torch.nn.Linear(32, 1), 33, torch.float16)
    tensors = {"model." + k: v for k, v in model.state_dict().items() if k != "vocab_projector.weight"}
    tensors |= {"term_importance.linear." + k: v for k, v in importance.state_dict().items()}
    tensors |= {"doc_quality.linear." + k: v for k, v in quality.state_dict().items()}
    save(document, tensors, torch.float16)
    configuration(document, {"model_type": "MLM", "tf_base_model_name_or_dir": "distilbert-base-uncased", "pool": "max",
                             "activation": "softplus", "norm": "log1p", "term_importance": "epic", "doc_quality": "epic",
                             "n_heads": 4})
    batch = sequences(31)
    states = run(model.distilbert, batch)
    weights = []
    with torch.no_grad():
        m = model.double()
        for ids, s in zip(batch, states):
            logits = m.vocab_projector(m.vocab_layer_norm(torch.nn.functional.gelu(m.vocab_transform(s))))
            special = torch.tensor([float(id in (2, 3)) for id in ids]).double()[:, None]
            term = torch.log1p(torch.nn.functional.softplus(importance.double()(s)))
            value = torch.log1p(torch.nn.functional.softplus(logits * (1 - special) * term))
            weights.append(value.max(0).values * torch.sigmoid(quality.double()(s[0])))
    expect(path, batch, states, epic=torch.stack(weights))


if __name__ == "__main__":
    masked_bert("bert-masked", 1, torch.float32, drop=TIED)
    masked_bert("bert-gamma", 2, torch.float16, rename=gamma, drop=TIED[:1] + ("cls.predictions.bias",),
                hidden_size=48, num_attention_heads=3, intermediate_size=80)
    masked_bert("bert-untied", 3, torch.float16, architecture="BertLMHeadModel", tie_word_embeddings=False,
                hidden_size=24, num_attention_heads=1, intermediate_size=33)
    distilbert()
    bare_distilbert()
    bare_bert()
    with_heads("tildev2", 11, "bert.", {"tok_proj": [("tok_proj", 32, 1, True)]}, "TILDEv2")
    with_heads("unicoil", 12, "coil_encoder.", {"tok_proj": [("coil_encoder.tok_proj", 32, 1, True)]}, "Unicoil")
    with_heads("colbert", 13, "bert.", {"linear": [("linear", 32, 24, False)]}, "HF_ColBERT")
    with_heads("deepimpact", 14, "bert.", {"impact_score_encoder": [("impact_score_encoder.0", 32, 32, True),
               ("impact_score_encoder.3", 32, 1, True)]}, "MultiBERT")
    sentence_transformer()
    router()
    learned_sparse()
