using Microsoft.ML.OnnxRuntime;
using SspNative.Lab.Workloads;

namespace SspNative.Peers.OnnxRuntime;

/// <summary>ONNX Runtime on the CPU: single operators, forward.</summary>
internal sealed class OnnxRuntimePeer : IPeer
{
    /// <summary>Threads inside an operator.</summary>
    public const int ThreadCount = 2;

    public string Name => "onnxruntime";

    public string Version => OrtEnv.Instance().GetVersionString();

    public int Threads => ThreadCount;

    public IPeerCase Prepare(WorkCase work) => work.Pass == Pass.Backward
        ? throw new UnsupportedCaseException("ONNX Runtime's inference package has no gradients")
        : new SessionCase(Graphs.Make(work));
}
