using Microsoft.ML.OnnxRuntime;
using SspNative.Lab.Workloads;
using SspNative.Peers.OnnxRuntime.Graphs;
using SspNative.Peers.OnnxRuntime.Models;

namespace SspNative.Peers.OnnxRuntime;

/// <summary>ONNX Runtime on the CPU: single operators and whole models, forward.</summary>
internal sealed class OnnxRuntimePeer : IPeerLibrary
{
    public string Name => "onnxruntime";

    public string Version => OrtEnv.Instance().GetVersionString();

    public int Threads => PeerThreads.Count;

    public IPeerCase Prepare(BenchCase work) => work switch
    {
        { Pass: Pass.Backward } or { Kind: "aavs_train_step" } => throw new UnsupportedCaseException("ONNX Runtime's inference package has no gradients"),
        { Kind: "aavs" } => Model(form => Aavs.Graph(work, form), AttentionForm.Exported, AttentionForm.MultiHead),
        { Kind: "bert" } => Model(form => Bert.Graph(work, form)),
        { Kind: "clip_vit_b16" } => Model(form => Clip.Graph(work, form)),
        { Kind: "vggish" } => SessionCase.Fastest([("", () => Vggish.Graph(work))]),
        { Kind: "perceiver_flow" } => Model(form => PerceiverFlow.Graph(work, form), AttentionForm.MultiHead, AttentionForm.Packed),
        _ => new SessionCase(KernelGraphs.Make(work), compares: false),
    };

    // The forms of attention to choose from: all where none are named.
    private static SessionCase Model(Func<AttentionForm, OnnxGraph> graph, params AttentionForm[] forms) => SessionCase.Fastest(
        [.. (forms.Length > 0 ? forms : Enum.GetValues<AttentionForm>()).Select(form => (form.ToString(), (Func<OnnxGraph>)(() => graph(form))))]);
}
