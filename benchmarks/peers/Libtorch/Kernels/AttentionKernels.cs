using SspNative.Lab.Workloads;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SspNative.Peers.Libtorch.Kernels;

/// <summary>The fused attention kernel, alone and over windows.</summary>
internal static class AttentionKernels
{
    public static TorchCase Attention(BenchCase work)
    {
        int batch = work.Sizes["batch"], heads = work.Sizes["heads"], dim = work.Sizes["dim"];
        int queries = work.Sizes["queries"], keys = work.Sizes["keys"];
        Tensor q = randn(batch, queries, heads * dim), k = randn(batch, keys, heads * dim), v = randn(batch, keys, heads * dim);
        // Every row blocks half the keys, not the same ones.
        Tensor? seen = work.Sizes.GetValueOrDefault("masked") == 0 ? null : rand(queries, keys).argsort(-1).lt(keys / 2);
        return new TorchCase(
            work.Pass,
            [q, k, v],
            () =>
            [
                functional.scaled_dot_product_attention(
                    AttentionForm.Split(q, heads), AttentionForm.Split(k, heads), AttentionForm.Split(v, heads), seen),
            ],
            seen is null ? [] : [seen]);
    }

    /// <summary>The fused kernel over the normalised pixels of a grid, which are ready: libtorch has no use for what they are made of.</summary>
    public static TorchCase Grid(BenchCase work, bool pixelsAsk)
    {
        int channels = work.Sizes["features"] + work.Sizes["positions"];
        Tensor pixels = randn(1, 1, work.Sizes["height"] * work.Sizes["width"], channels);
        Tensor latents = randn(1, 1, work.Sizes["latents"], channels), values = randn(1, 1, work.Sizes["latents"], channels);
        return pixelsAsk
            ? new TorchCase(work.Pass, [pixels, latents, values], () => [functional.scaled_dot_product_attention(pixels, latents, values)])
            : new TorchCase(work.Pass, [latents, pixels], () => [functional.scaled_dot_product_attention(latents, pixels, pixels)]);
    }

    /// <summary>
    /// Partitioned windows (windows, window², 3·heads·dim); the relative position bias, with the mask of shifted windows added where there is
    /// one, is ready in the forward pass and gathered from its table in the backward pass, whose gradient it carries.
    /// </summary>
    public static TorchCase Window(BenchCase work)
    {
        int height = work.Sizes["height"], width = work.Sizes["width"], window = work.Sizes["window"], shift = work.Sizes["shift"];
        int heads = work.Sizes["heads"], dim = work.Sizes["dim"], area = window * window;
        int rows = (height + window - 1) / window, columns = (width + window - 1) / window, windows = rows * columns;
        Tensor qkv = randn(windows, area, 3 * heads * dim), table = randn((2 * window - 1) * (2 * window - 1), heads);
        Tensor index = WindowMask.RelativePositionIndex(window);
        Tensor? blocked = shift == 0 ? null : WindowMask.Shifted(rows * window, columns * window, window, shift);

        Tensor Bias()
        {
            Tensor bias = table.index_select(0, index).view(area, area, heads).permute(2, 0, 1).unsqueeze(0);
            return blocked is null ? bias.contiguous() : bias + blocked.unsqueeze(1);
        }

        Tensor ready = Bias().detach();
        return new TorchCase(
            work.Pass,
            [qkv, table],
            () =>
            {
                Tensor[] parts = qkv.view(windows, area, 3, heads, dim).permute(2, 0, 3, 1, 4).unbind(0);
                Tensor bias = work.Pass == Pass.Forward ? ready : Bias();
                return [AttentionForm.Merge(functional.scaled_dot_product_attention(parts[0], parts[1], parts[2], bias))];
            },
            blocked is null ? [index, ready] : [index, ready, blocked]);
    }
}
