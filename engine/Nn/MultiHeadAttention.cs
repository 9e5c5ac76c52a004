namespace SspNative.Engine.Nn;

/// <summary>What multi-head attention reads.</summary>
/// <param name="Query">(B,N,C).</param>
/// <param name="Key">(B,M,C).</param>
/// <param name="Value">(B,M,C).</param>
/// <param name="Mask">Bytes (B,N,M), 1 = may not attend; none blocks nothing.</param>
/// <param name="Residual">(B,N,C), added to the result.</param>
public readonly record struct AttentionInputs(Tensor Query, Tensor Key, Tensor Value, Tensor? Mask = null, Tensor? Residual = null);

/// <summary>
/// PyTorch's <c>nn.MultiheadAttention</c>, batch first: one <c>in_proj_weight</c> (3C,C) and <c>in_proj_bias</c> (3C) for query, key
/// and value, and <c>out_proj</c>. The result is (B,N,C).
/// </summary>
public sealed class MultiHeadAttention(ParameterPath path, int channels, int heads) : Layer<AttentionInputs>
{
    private readonly Tensor _inWeight = path.GetWeight("in_proj_weight", [3 * channels, channels], Init.XavierUniform);
    private readonly Tensor _inBias = path.Get("in_proj_bias", [3 * channels], Init.Zeros);
    private readonly Linear _outProj = new(path / "out_proj", channels, channels);

    protected override Tensor Compute(AttentionInputs inputs)
    {
        Tensor attended = Ops.Attention(Project(inputs.Query, 0), Project(inputs.Key, 1), Project(inputs.Value, 2), heads, inputs.Mask);
        return _outProj.Forward(attended, residual: inputs.Residual);
    }

    private Tensor Project(Tensor x, int part) => Ops.LinearRows(x, _inWeight, _inBias, part * channels, channels);
}
