namespace SspNative.Lab.Benchmarking;

/// <summary>What a case costs by formula, whoever does it and however.</summary>
/// <param name="Flops">Floating-point operations; a multiply-add counts two, a function of one element as many as its formula here says.</param>
/// <param name="Bytes">
/// Bytes read and written if every operand is touched once, intermediate results not at all; float32. A backward pass reads what the forward kept and
/// the output's gradient, and writes the gradients of all inputs and parameters.
/// </param>
public readonly record struct WorkCost(double Flops, double Bytes)
{
    private const double Float = sizeof(float);

    /// <summary>The cost of a kernel case.</summary>
    /// <exception cref="InputException">The kind is unknown, or a size it needs is missing.</exception>
    public static WorkCost Of(WorkCase work)
    {
        bool back = work.Pass == Pass.Backward;
        double S(string name) => work.Size(name);
        return work.Kind switch
        {
            "matmul" => Product(S("m"), S("n"), S("k"), back, bias: false, keeps: false),
            "linear" => Product(S("m"), S("n"), S("k"), back, bias: true, keeps: false),
            "linear_gelu" => Product(S("m"), S("n"), S("k"), back, bias: true, keeps: true),
            "window_attention" => Window(S("height") * S("width"), S("window"), S("heads"), S("dim"), back),
            "attention" => Attention(S("batch"), S("heads"), S("queries"), S("keys"), S("dim"), S("masked") > 0, back),
            "grid_attention" => Grid(work, valueChannels: S("features"), otherRows: S("height") + S("width")),
            "grid_query_attention" => Grid(work, valueChannels: S("features") + S("positions"), otherRows: 0),
            "deformable_attention" => Deformable(
                Enumerable.Range(0, 3).Sum(i => S($"height{i}") * S($"width{i}")), S("heads"), S("dim"), S("points"), back),
            "conv2d" => Convolution(work, back),
            "layer_norm" => Norm(S("rows"), S("channels"), back),
            "softmax" => Elements(S("rows") * S("columns"), back ? 4 : 5, back ? 3 : 2),
            "gelu" => Elements(S("count"), back ? 20 : 15, back ? 3 : 2),
            "adamw" => Elements(S("count"), 12, 7),
            "upsample_add" => Upsample(S("height") * S("width") * S("channels"), back),
            _ => throw new InputException($"{work.Name}: there is no formula for the kind {work.Kind}"),
        };
    }

    // 2mnk; backward dx = dy·W and dW = dyᵀ·x, 4mnk, and the bias's sum. GELU's 15 operations and derivative's 20 as for the elementwise kind.
    private static WorkCost Product(double m, double n, double k, bool back, bool bias, bool keeps)
    {
        double flops = (back ? 4 : 2) * m * n * k + (bias ? m * n : 0) + (keeps ? (back ? 20 : 15) * m * n : 0);
        double operands = (m * k) + (n * k) + (bias && !back ? n : 0);
        double bytes = back ? (2 * operands) + (m * n * (keeps ? 2 : 1)) + (bias ? n : 0) : operands + (m * n);
        return new(flops, Float * bytes);
    }

    // Two products of N = window² keys for every token and channel, 4·HW·N·C; backward five. It reads qkv, y, dy and a number a row.
    private static WorkCost Window(double tokens, double window, double heads, double dim, bool back)
    {
        double channels = heads * dim, table = ((2 * window) - 1) * ((2 * window) - 1) * heads;
        double flops = (back ? 10 : 4) * tokens * window * window * channels;
        double numbers = (tokens * channels * (back ? 8 : 4)) + (table * (back ? 2 : 1)) + (back ? tokens * heads : 0);
        return new(flops, Float * numbers);
    }

    // Per latent and pixel the features and the values; per latent and row or column the positions, and again where values are summed over them.
    private static WorkCost Grid(WorkCase work, double valueChannels, double otherRows)
    {
        double latents = work.Size("latents"), h = work.Size("height"), w = work.Size("width"), f = work.Size("features"), p = work.Size("positions");
        double flops = 2 * latents * (h * w * (f + valueChannels) + (h + w + otherRows) * p);
        return new(flops, Float * (latents * 2 * (f + p) + h * w * (f + (otherRows > 0 ? 0 : f + p)) + (h + w) * p));
    }

    // 4·B·Q·K·C, backward 10, blocked keys counted as others. A mask is a byte a pair of query and key.
    private static WorkCost Attention(double batch, double heads, double queries, double keys, double dim, bool masked, bool back)
    {
        double channels = heads * dim, flops = (back ? 10 : 4) * batch * queries * keys * channels;
        double numbers = batch * channels * ((back ? 4 : 2) * queries + (back ? 4 : 2) * keys) + (back ? batch * heads * queries : 0);
        return new(flops, (Float * numbers) + (masked ? batch * queries * keys : 0));
    }

    // A sample and channel: four corners weighted and added, times the attention weight: 10; backward scatter 10, and the gradients of weight and place 10.
    private static WorkCost Deformable(double tokens, double heads, double dim, double points, bool back)
    {
        const int levels = 3;
        double samples = tokens * heads * levels * points, values = tokens * heads * dim;
        return new((back ? 20 : 10) * samples * dim, Float * (back ? (3 * values) + (6 * samples) : (2 * values) + (3 * samples)));
    }

    // 2·B·Ho·Wo·Cin·Cout·K², backward twice.
    private static WorkCost Convolution(WorkCase work, bool back)
    {
        int kernel = work.Size("kernel"), stride = work.Size("stride"), padding = work.Size("padding");
        double batch = work.Size("batch"), from = work.Size("in"), to = work.Size("out");
        double Out(string side) => ((work.Size(side) + (2 * padding) - kernel) / stride) + 1;
        double weight = from * to * kernel * kernel, pixels = batch * Out("height") * Out("width");
        double input = batch * work.Size("height") * work.Size("width") * from;
        return new((back ? 4 : 2) * pixels * weight, Float * ((back ? 2 : 1) * (input + weight) + (pixels * to)));
    }

    // Mean, variance, scale and shift: 8 an element; backward two sums more: 14. It reads x and dy and writes dx.
    private static WorkCost Norm(double rows, double channels, bool back) =>
        new((back ? 14 : 8) * rows * channels, Float * ((rows * channels * (back ? 3 : 2)) + (channels * (back ? 3 : 2))));

    // Four weighted values of a map of half the size and the sum: 8; backward the four weights: 8. The lateral map's gradient is the output's.
    private static WorkCost Upsample(double count, bool back) => new(8 * count, Float * count * (back ? 1.25 : 2.25));

    private static WorkCost Elements(double count, int flops, int moved) => new(flops * count, Float * moved * count);
}
