using static TorchSharp.torch;

namespace SspNative.Peers.Libtorch.Kernels;

/// <summary>
/// <c>torch.optim.AdamW(fused=True)</c>. TorchSharp's own optimiser makes a pass for each of its operations; libtorch's fused kernel is reached
/// through TorchScript.
/// </summary>
internal sealed class FusedAdamW : IDisposable
{
    private const string Script = """
        def step(params: List[Tensor], grads: List[Tensor], m: List[Tensor], v: List[Tensor], steps: List[Tensor]) -> int:
            none: List[Tensor] = []
            torch._foreach_add_(steps, 1)
            torch._fused_adamw_(params, grads, m, v, none, steps, lr=0.001, beta1=0.9, beta2=0.999, weight_decay=0.05, eps=1e-8,
                                amsgrad=False, maximize=False)
            return 0

        """;

    private readonly jit.CompilationUnit _unit = jit.compile(Script);
    private readonly Tensor[] _parameters;
    private readonly Tensor[] _means;
    private readonly Tensor[] _squares;
    private readonly Tensor[] _steps;

    public FusedAdamW(IReadOnlyList<Tensor> parameters)
    {
        _parameters = [.. parameters];
        _means = [.. parameters.Select(p => zeros_like(p).detach())];
        _squares = [.. parameters.Select(p => zeros_like(p).detach())];
        _steps = [.. parameters.Select(_ => zeros([]))];
    }

    public void Step(Tensor[] gradients)
    {
        using IDisposable mode = no_grad();
        _unit.invoke("step", _parameters, gradients, _means, _squares, _steps);
    }

    public void Dispose()
    {
        foreach (Tensor tensor in _means.Concat(_squares).Concat(_steps))
            tensor.Dispose();
        _unit.Dispose();
    }
}
