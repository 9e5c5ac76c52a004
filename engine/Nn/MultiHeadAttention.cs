namespace SspNative.Engine.Nn;

/// <summary>
/// PyTorch's <c>nn.MultiheadAttention</c>, batch first: one <c>in_proj_weight</c> (3C,C) and <c>in_proj_bias</c> (3C) for query, key
/// and value, and <c>out_proj</c>.
/// </summary>
public sealed class MultiHeadAttention(ParameterPath path, int channels, int heads)
{
    private readonly Tensor _inWeight = path.Get("in_proj_weight", [3 * channels, channels], Init.XavierUniform);
    private readonly Tensor _inBias = path.Get("in_proj_bias", [3 * channels], Init.Zeros);
    private readonly Linear _outProj = new(path / "out_proj", channels, channels);

    /// <summary>query (B,N,C), key and value (B,M,C), mask (B,N,M) bytes with 1 = may not attend → (B,N,C) + residual.</summary>
    public Tensor Forward(Tensor query, Tensor key, Tensor value, Tensor? mask = null, Tensor? residual = null)
    {
        using var scope = new TensorScope();
        Tensor attended = Ops.Attention(Project(query, 0), Project(key, 1), Project(value, 2), heads, mask);
        return scope.Keep(_outProj.Forward(attended, residual: residual));
    }

    private Tensor Project(Tensor x, int part) =>
        Ops.Linear(x, Ops.Narrow(_inWeight, 0, part * channels, channels), Ops.Narrow(_inBias, 0, part * channels, channels));
}
