using SspNative.Lab.Workloads;
using SspNative.Peers.Libtorch.Kernels;
using SspNative.Peers.Libtorch.Models;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SspNative.Peers.Libtorch;

/// <summary>libtorch on the CPU through TorchSharp.</summary>
internal sealed class LibtorchPeer : IPeerLibrary
{
    public string Name => "libtorch";

    public string Version => "2.10.0";

    public int Threads => PeerThreads.Count;

    public IPeerCase Prepare(BenchCase work) => work.Kind switch
    {
        "matmul" => DenseKernels.MatMul(work),
        "linear" => DenseKernels.Linear(work, gelu: false),
        "linear_gelu" => DenseKernels.Linear(work, gelu: true),
        "window_attention" => AttentionKernels.Window(work),
        "attention" => AttentionKernels.Attention(work),
        "grid_key_attention" => AttentionKernels.Grid(work, pixelsAsk: false),
        "grid_query_attention" => AttentionKernels.Grid(work, pixelsAsk: true),
        "deformable_attention" => DeformableAttention.Case(work),
        "conv2d" => MapKernels.Conv2d(work),
        "upsample_add" => MapKernels.UpsampleAdd(work),
        "layer_norm" => RowKernels.LayerNorm(work),
        "softmax" => RowKernels.Softmax(work),
        "sum" => RowKernels.Sum(work),
        "gelu" => RowKernels.Unary(work, x => functional.gelu(x)),
        "exp" => RowKernels.Unary(work, exp),
        "tanh" => RowKernels.Unary(work, tanh),
        "sigmoid" => RowKernels.Unary(work, sigmoid),
        "relu" => RowKernels.Unary(work, x => functional.relu(x)),
        "sub" => RowKernels.Binary(work, (a, b) => a - b),
        "div" => RowKernels.Binary(work, (a, b) => a / b),
        "add" => RowKernels.Binary(work, (a, b) => a + b),
        "mul" => RowKernels.Binary(work, (a, b) => a * b),
        "adamw" => new AdamWCase(work),
        "aavs" => ModelCases.Aavs(work),
        "clip_vit_b16" => ModelCases.Clip(work),
        "bert" => ModelCases.Bert(work),
        "perceiver_flow" => ModelCases.Perceiver(work),
        "aavs_train_step" => new AavsTrainStep(work),
        _ => throw new UnsupportedCaseException($"no kind {work.Kind}"),
    };
}
