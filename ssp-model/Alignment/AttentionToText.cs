namespace SspNative.Model.Alignment;

/// <summary>What an attention to text reads.</summary>
/// <param name="X">What reads (B,N,C).</param>
/// <param name="Position">What is added to it to ask, or null.</param>
/// <param name="Text">Encoded text (B,S,d).</param>
/// <param name="Blocked">Bytes (B,S), 1 = padding.</param>
internal readonly record struct AttentionToTextInputs(Tensor X, Tensor? Position, Tensor Text, Tensor Blocked);

/// <summary>x + out(attention(x + position, text)): (B,N,C) → (B,N,C).</summary>
/// <param name="path">Its prefix: <c>q_proj</c>, <c>k_proj</c>, <c>v_proj</c>, <c>out_proj</c>.</param>
/// <param name="channels">C.</param>
/// <param name="textChannels">d.</param>
/// <param name="heads">Attention heads.</param>
/// <param name="outInit">First values of the last layer; null: those of any other.</param>
internal sealed class AttentionToText(ParameterPath path, int channels, int textChannels, int heads, Initializer? outInit = null) : Layer<AttentionToTextInputs>
{
    private readonly Linear _query = new(path / "q_proj", channels, channels);
    private readonly Linear _key = new(path / "k_proj", textChannels, channels);
    private readonly Linear _value = new(path / "v_proj", textChannels, channels);
    private readonly Linear _out = new(path / "out_proj", channels, channels, init: outInit);

    protected override Tensor Compute(AttentionToTextInputs inputs)
    {
        (Tensor x, Tensor? position, Tensor text, Tensor blocked) = inputs;
        Tensor asks = position is null ? x : Ops.Add(x, position);
        return _out.Forward(Ops.Attention(_query.Forward(asks), _key.Forward(text), _value.Forward(text), heads, blocked), residual: x);
    }
}
