using SspNative.Engine.Optim;

namespace SspNative.Lab.Benchmarking;

/// <summary>Makes the engine ready to execute a kernel case.</summary>
public static class KernelWork
{
    /// <summary>What a case costs: the sum of what the kernels of its timed part cost.</summary>
    /// <exception cref="InputException">The kind is unknown, has no backward pass, or a size it needs is missing.</exception>
    public static Cost Count(WorkCase work)
    {
        using var device = new CountingDevice();
        using Work counted = Prepare(work, device);
        counted.Begin();
        Cost before = device.Cost;
        counted.Execute();
        Cost after = device.Cost;
        counted.End();
        return new Cost(after.Flops - before.Flops, after.BytesRead - before.BytesRead, after.BytesWritten - before.BytesWritten);
    }

    /// <summary>The work of a case on a device, its inputs made.</summary>
    /// <exception cref="InputException">The kind is unknown, has no backward pass, or a size it needs is missing.</exception>
    public static Work Prepare(WorkCase work, IDevice device)
    {
        int S(string name) => work.Size(name);
        return work.Kind switch
        {
            "matmul" => Of(work, device, [[S("m"), S("k")], [S("n"), S("k")]], t => Ops.MatMul(t[0], t[1], transposeB: true)),
            "linear" => Of(work, device, [[S("m"), S("k")], [S("n"), S("k")], [S("n")]], t => Ops.Linear(t[0], t[1], t[2])),
            "linear_gelu" => Of(work, device, [[S("m"), S("k")], [S("n"), S("k")], [S("n")]], t => Ops.Linear(t[0], t[1], t[2], Activation.Gelu)),
            "window_attention" => Of(
                work, device, [[1, S("height"), S("width"), 3 * S("heads") * S("dim")], [TableRows(S("window")), S("heads")]],
                t => Ops.WindowAttention(t[0], t[1], S("window"), S("shift"), S("heads"))),
            "attention" => Attention(work, device),
            "grid_attention" => Of(
                work, device, [[1, S("latents"), S("features") + S("positions")], .. GridShapes(work)],
                t => Ops.GridAttention(t[0], t[1], t[2], t[3], 0.05f)),
            "grid_query_attention" => Of(
                work, device,
                [
                    .. GridShapes(work), [1, S("latents"), S("features") + S("positions")], [1, S("latents")],
                    [1, S("latents"), S("features") + S("positions")],
                ],
                t => Ops.GridQueryAttention(t[0], t[1], t[2], t[3], t[4], t[5], 0.05f)),
            "deformable_attention" => Deformable(work, device),
            "conv2d" => Of(
                work, device, [[S("batch"), S("height"), S("width"), S("in")], [S("out"), S("in"), S("kernel"), S("kernel")], [S("out")]],
                t => Ops.Conv2d(t[0], t[1], t[2], S("stride"), S("padding"))),
            "layer_norm" => Of(work, device, [[S("rows"), S("channels")], [S("channels")], [S("channels")]], t => Ops.LayerNorm(t[0], t[1], t[2])),
            "softmax" => Of(work, device, [[S("rows"), S("columns")]], t => Ops.Softmax(t[0])),
            "sum" => Of(work, device, [[S("rows"), S("columns")]], t => Ops.Sum(t[0], [1])),
            "gelu" => Of(work, device, [[S("count")]], t => Ops.Gelu(t[0])),
            "exp" => Of(work, device, [[S("count")]], t => Ops.Exp(t[0])),
            "tanh" => Of(work, device, [[S("count")]], t => Ops.Tanh(t[0])),
            "sigmoid" => Of(work, device, [[S("count")]], t => Ops.Sigmoid(t[0])),
            "add" => Of(work, device, [[S("count")], [S("count")]], t => Ops.Add(t[0], t[1])),
            "mul" => Of(work, device, [[S("count")], [S("count")]], t => Ops.Mul(t[0], t[1])),
            "adamw" => AdamWStep(work, device),
            "upsample_add" => Of(
                work, device, [[1, S("height") / 2, S("width") / 2, S("channels")], [1, S("height"), S("width"), S("channels")]],
                t => Ops.UpsampleAdd(t[0], t[1])),
            _ => throw new InputException($"{work.Name}: there is no kernel of the kind {work.Kind}"),
        };
    }

    // Features of all pixels, positions of rows and of columns.
    private static Shape[] GridShapes(WorkCase work) =>
    [
        [1, work.Size("height") * work.Size("width"), work.Size("features")], [work.Size("height"), work.Size("positions")],
        [work.Size("width"), work.Size("positions")],
    ];

    private static int TableRows(int window) => ((2 * window) - 1) * ((2 * window) - 1);

    private static Work Of(WorkCase work, IDevice device, Shape[] shapes, Func<Tensor[], Tensor> forward) =>
        Of(work, [.. shapes.Select((s, i) => WorkTensors.Random($"{work.Kind}.{i}", s, device))], [], forward);

    private static Work Of(WorkCase work, Tensor[] inputs, IReadOnlyList<Tensor> constants, Func<Tensor[], Tensor> forward)
    {
        Tensor[] owned = [.. inputs, .. constants];
        if (work.Pass == Pass.Forward)
            return new ForwardWork(() => forward(inputs), owned);
        foreach (Tensor t in inputs)
            t.RequiresGrad = true;
        return new BackwardWork(() => forward(inputs), owned);
    }

    private static Work Attention(WorkCase work, IDevice device)
    {
        int batch = work.Size("batch"), heads = work.Size("heads"), queries = work.Size("queries"), keys = work.Size("keys");
        int channels = heads * work.Size("dim");
        Tensor[] inputs =
        [
            WorkTensors.Random("q", [batch, queries, channels], device), WorkTensors.Random("k", [batch, keys, channels], device),
            WorkTensors.Random("v", [batch, keys, channels], device),
        ];
        Tensor? mask = work.Size("masked") > 0 ? WorkTensors.HalfMask(batch, queries, keys, device) : null;
        return Of(work, inputs, mask is null ? [] : [mask], t => Ops.Attention(t[0], t[1], t[2], heads, mask));
    }

    private static Work Deformable(WorkCase work, IDevice device)
    {
        (int H, int W)[] levels = [.. Enumerable.Range(0, 3).Select(i => (work.Size($"height{i}"), work.Size($"width{i}")))];
        int tokens = levels.Sum(l => l.H * l.W), heads = work.Size("heads"), points = work.Size("points");
        Tensor[] inputs =
        [
            WorkTensors.Random("value", [1, tokens, heads, work.Size("dim")], device),
            WorkTensors.Fractions("locations", [1, tokens, heads, levels.Length, points, 2], device),
            WorkTensors.Fractions("weights", [1, tokens, heads, levels.Length, points], device),
        ];
        return Of(work, inputs, [], t => Ops.DeformableAttention(t[0], levels, t[1], t[2]));
    }

    private static ForwardWork AdamWStep(WorkCase work, IDevice device)
    {
        if (work.Pass == Pass.Backward)
            throw new InputException($"{work.Name}: an optimizer has no backward pass");
        Shape shape = [work.Size("count")];
        Tensor parameter = WorkTensors.Random("parameter", shape, device), gradient = WorkTensors.Random("gradient", shape, device);
        var optimizer = new AdamW();
        return new ForwardWork(() => optimizer.Update([("parameter", parameter, gradient)]), [parameter, gradient, optimizer]);
    }
}
