using SspNative.Lab.Workloads;
using SspNative.Peers.Models;
using SspNative.Peers.OnnxRuntime.Graphs;

namespace SspNative.Peers.OnnxRuntime.Models;

/// <summary>Perceiver IO for optical flow: patch pairs (1,2,27,H,W) → flow (1,H,W,2). The position encoding is a constant.</summary>
internal static class PerceiverFlow
{
    private const int PatchChannels = 27, PixelChannels = 64, Bands = 64, PositionChannels = 2 + (4 * Bands), Inputs = PixelChannels + PositionChannels;
    private const float Rescale = 100;

    public static OnnxGraph Graph(BenchCase work, AttentionForm form)
    {
        var sizes = new PerceiverSizes();
        int h = work.Sizes["height"], w = work.Sizes["width"];
        const string encoder = "perceiver.encoder", decoder = "perceiver.decoder.decoder";
        var g = new GraphBuilder(form);
        GraphValue patches = g.NamedInput("patches", 1, 2, PatchChannels, h, w);
        GraphValue pixels = g.Reshape(g.Transpose(patches, 0, 3, 4, 1, 2), 1, h * w, 2 * PatchChannels);
        pixels = g.Linear(pixels, "perceiver.input_preprocessor.conv_after_patches", PixelChannels);
        GraphValue inputs = g.Concat(2, pixels, g.Constant("position", () => Position(h, w), 1, h * w, PositionChannels));
        GraphValue latents = g.Reshape(g.Parameter("perceiver.embeddings.latents", sizes.NumLatents, sizes.DLatents), 1, sizes.NumLatents, sizes.DLatents);
        latents = Layer(g, latents, inputs, $"{encoder}.cross_attention", Inputs, 1, residual: true);
        for (int i = 0; i < sizes.NumSelfAttendsPerBlock; i++)
            latents = Layer(g, latents, null, $"{encoder}.self_attends.{i}", sizes.DLatents, sizes.NumSelfAttentionHeads, residual: true);
        GraphValue decoded = Layer(g, inputs, latents, $"{decoder}.decoding_cross_attention", sizes.DLatents, 1, residual: false);
        GraphValue flow = g.Pair("Div", g.Linear(decoded, $"{decoder}.final_layer", 2), g.Number(Rescale));
        g.Output("flow", g.Reshape(flow, 1, h, w, 2));
        return g.Graph;
    }

    // Attention of LN(x) to LN(inputs), or to itself, an optional residual, then + MLP(LN(x)).
    private static GraphValue Layer(GraphBuilder g, GraphValue x, GraphValue? inputs, string path, int channels, int heads, bool residual)
    {
        string self = $"{path}.attention.self";
        GraphValue hidden = g.LayerNorm(x, $"{self}.layernorm1"), attended;
        if (inputs is null)
        {
            attended = g.SelfAttention(hidden, $"{self}.query", $"{self}.key", $"{self}.value", heads);
        }
        else
        {
            GraphValue read = g.LayerNorm(inputs, $"{self}.layernorm2"), query = g.Linear(hidden, $"{self}.query", channels);
            attended = g.Attend(query, g.Linear(read, $"{self}.key", channels), g.Linear(read, $"{self}.value", channels), heads);
        }
        GraphValue y = g.Linear(attended, $"{path}.attention.output.dense", x.Channels);
        if (residual)
            y = g.Add(y, x);
        GraphValue mlp = g.Gelu(g.Linear(g.LayerNorm(y, $"{path}.layernorm"), $"{path}.mlp.dense1", x.Channels));
        return g.Add(y, g.Linear(mlp, $"{path}.mlp.dense2", x.Channels));
    }

    // (y, x), then sines, then cosines of y's and x's bands: frequencies from 1 to half the resolution, in single precision as published.
    private static float[] Position(int height, int width)
    {
        var position = new float[height * width * PositionChannels];
        float[] ys = Linspace(-1, 1, height), xs = Linspace(-1, 1, width);
        float[] rows = Linspace(1, height / 2f, Bands), columns = Linspace(1, width / 2f, Bands);
        for (int pixel = 0; pixel < height * width; pixel++)
        {
            Span<float> p = position.AsSpan(pixel * PositionChannels, PositionChannels);
            (p[0], p[1]) = (ys[pixel / width], xs[pixel % width]);
            for (int band = 0; band < 2 * Bands; band++)
            {
                float angle = MathF.PI * (band < Bands ? p[0] * rows[band] : p[1] * columns[band - Bands]);
                (p[2 + band], p[2 + (2 * Bands) + band]) = ((float)Math.Sin(angle), (float)Math.Cos(angle));
            }
        }
        return position;
    }

    private static float[] Linspace(float start, float end, int steps)
    {
        float step = (end - start) / (steps - 1);
        return [.. Enumerable.Range(0, steps).Select(i => i < steps / 2 ? start + (step * i) : end - (step * (steps - 1 - i)))];
    }
}
