using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SspNative.Peers.Libtorch.Kernels;

/// <summary>How attention is computed: libtorch's fused kernel, or product, softmax, product as transformers 4.35.2 does.</summary>
internal sealed class AttentionForm
{
    public bool Fused { get; set; } = true;

    /// <param name="q">(B,heads,N,dim).</param>
    /// <param name="k">(B,heads,M,dim).</param>
    /// <param name="v">(B,heads,M,dim).</param>
    /// <param name="mask">Broadcast to (B,heads,N,M): floats are added to the scores, a boolean says which keys may be seen.</param>
    public Tensor Apply(Tensor q, Tensor k, Tensor v, Tensor? mask = null)
    {
        if (Fused)
            return functional.scaled_dot_product_attention(q, k, v, mask);
        using Tensor transposed = k.transpose(-1, -2);
        using Tensor products = matmul(q, transposed);
        using Tensor scaled = products.div(Math.Sqrt(q.shape[^1]));
        // Where no gradient needs it, one score matrix is freed before the next is made.
        products.Dispose();
        using Tensor scores = Masked(scaled, mask);
        if (mask is not null)
            scaled.Dispose();
        using Tensor probabilities = functional.softmax(scores, -1);
        scores.Dispose();
        return matmul(probabilities, v);
    }

    /// <summary>(B,N,C) → (B,heads,N,C/heads), a view.</summary>
    public static Tensor Split(Tensor x, int heads) => x.view(x.shape[0], x.shape[1], heads, -1).transpose(1, 2);

    /// <summary>(B,heads,N,dim) → (B,N,heads·dim).</summary>
    public static Tensor Merge(Tensor x) => x.transpose(1, 2).reshape(x.shape[0], x.shape[2], -1);

    private static Tensor Masked(Tensor scores, Tensor? mask) => mask switch
    {
        null => scores.alias(),
        { dtype: ScalarType.Bool } => scores.masked_fill(mask.logical_not(), double.NegativeInfinity),
        _ => scores.add(mask),
    };
}
