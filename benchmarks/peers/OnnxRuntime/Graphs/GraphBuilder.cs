using SspNative.Peers.Models;

namespace SspNative.Peers.OnnxRuntime.Graphs;

/// <summary>A value of a graph, and its shape.</summary>
internal sealed record GraphValue(string Name, params int[] Shape)
{
    /// <summary>Its last size.</summary>
    public int Channels => Shape[^1];
}

/// <summary>How a graph computes attention.</summary>
internal enum AttentionForm
{
    /// <summary>Product, softmax, product, as an exported model does.</summary>
    Exported,

    /// <summary>ONNX Runtime's <c>MultiHeadAttention</c>.</summary>
    MultiHead,

    /// <summary>
    /// ONNX Runtime's <c>Attention</c> with queries, keys and values from one product, where all three come from one input; else as
    /// <see cref="MultiHead"/>.
    /// </summary>
    Packed,
}

/// <summary>Builds the graph of a network: operators that know their shapes, and weights made from their published names.</summary>
internal sealed class GraphBuilder(AttentionForm attention)
{
    private readonly Dictionary<string, GraphValue> _constants = [];

    public OnnxGraph Graph { get; } = new();

    public AttentionForm Attention { get; } = attention;

    public GraphValue Input(string name, Array values, params int[] shape) => new(Graph.Input(name, values, Long(shape)), shape);

    /// <summary>An input with the values that the engine's case has under this name.</summary>
    public GraphValue NamedInput(string name, params int[] shape) => Input(name, ProceduralValues.Uniform(name, Long(shape)), shape);

    /// <summary>A result, under the name by which it is asked for.</summary>
    public void Output(string name, GraphValue value) => Graph.Output(Graph.Named("Identity", name, value.Name), Long(value.Shape));

    /// <summary>A parameter as published, the values seeded by its name.</summary>
    public GraphValue Parameter(string name, params int[] shape) => Constant(name, () => ProceduralValues.Weight(name, Long(shape)), shape);

    /// <summary>A constant, made once.</summary>
    public GraphValue Constant(string name, Func<float[]> values, params int[] shape)
    {
        if (!_constants.TryGetValue(name, out GraphValue? constant))
            _constants.Add(name, constant = new GraphValue(Graph.Constant(name, values(), Long(shape)), shape));
        return constant;
    }

    /// <summary>A single number.</summary>
    public GraphValue Number(float value) => Constant($"number {value:R}", () => [value]);

    /// <summary>An operator and the shape of what it gives.</summary>
    public GraphValue Node(string op, int[] shape, GraphValue[] inputs, params (string Name, object Value)[] attributes) =>
        new(Graph.Node(op, [.. inputs.Select(i => i.Name)], attributes), shape);

    /// <summary>An operator of ONNX Runtime's own; an input that is null is left out.</summary>
    public GraphValue ContribNode(string op, int[] shape, GraphValue?[] inputs, params (string Name, object Value)[] attributes) =>
        new(Graph.ContribNode(op, [.. inputs.Select(i => i?.Name ?? "")], attributes), shape);

    public GraphValue Map(string op, GraphValue x) => Node(op, x.Shape, [x]);

    /// <summary>An elementwise operator of two values, the sizes of either broadcast.</summary>
    public GraphValue Pair(string op, GraphValue a, GraphValue b) => Node(op, Broadcast(a.Shape, b.Shape), [a, b]);

    public GraphValue Add(GraphValue a, GraphValue b) => Pair("Add", a, b);

    public GraphValue Multiply(GraphValue a, GraphValue b) => Pair("Mul", a, b);

    public GraphValue Reshape(GraphValue x, params int[] shape) => Node("Reshape", shape, [x, Integers(shape)]);

    public GraphValue Expand(GraphValue x, params int[] shape) => Node("Expand", shape, [x, Integers(shape)]);

    public GraphValue Transpose(GraphValue x, params int[] order) =>
        Node("Transpose", [.. order.Select(axis => x.Shape[axis])], [x], ("perm", order));

    public GraphValue Concat(int axis, params GraphValue[] parts)
    {
        int[] shape = [.. parts[0].Shape];
        shape[axis] = parts.Sum(p => p.Shape[axis]);
        return Node("Concat", shape, parts, ("axis", axis));
    }

    /// <summary>So many elements of an axis, every step-th.</summary>
    public GraphValue Slice(GraphValue x, int axis, int start, int end, int step = 1)
    {
        int[] shape = [.. x.Shape];
        shape[axis] = (end - start + step - 1) / step;
        return Node("Slice", shape, [x, Integers(start), Integers(end), Integers(axis), Integers(step)]);
    }

    /// <summary>Matrices of the last two axes.</summary>
    public GraphValue MatMul(GraphValue a, GraphValue b) =>
        Node("MatMul", [.. Broadcast(a.Shape[..^2], b.Shape[..^2]), a.Shape[^2], b.Shape[^1]], [a, b]);

    /// <summary>A linear layer, a ReLU, a linear layer.</summary>
    public GraphValue ReluMlp(GraphValue x, string first, string second, int hidden, int outputs) =>
        Linear(Map("Relu", Linear(x, first, hidden)), second, outputs);

    /// <summary>AAVS's bottleneck to a quarter of the channels, without its residual.</summary>
    public GraphValue Adapter(GraphValue x, string path) => ReluMlp(x, $"{path}.0", $"{path}.2", x.Channels / 4, x.Channels);

    /// <summary>Group normalisation of a map (B,C,H,W), as exporters write it: an instance normalisation of groups, then scale and shift.</summary>
    public GraphValue GroupNorm(GraphValue x, string path, int groups, float epsilon = 1e-5f)
    {
        int channels = x.Shape[1];
        GraphValue one = Constant($"{groups} ones", () => [.. Enumerable.Repeat(1f, groups)], groups);
        GraphValue zero = Constant($"{groups} zeros", () => new float[groups], groups);
        GraphValue grouped = Reshape(x, x.Shape[0], groups, x.Shape[1] / groups * x.Shape[2] * x.Shape[3]);
        GraphValue normed = Reshape(Node("InstanceNormalization", grouped.Shape, [grouped, one, zero], ("epsilon", epsilon)), x.Shape);
        GraphValue scale = Reshape(Parameter($"{path}.weight", channels), channels, 1, 1), shift = Reshape(Parameter($"{path}.bias", channels), channels, 1, 1);
        return Add(Multiply(normed, scale), shift);
    }

    /// <summary>Bilinear resizing of a map (B,C,H,W), corners not aligned.</summary>
    public GraphValue Resize(GraphValue x, int height, int width)
    {
        int[] shape = [x.Shape[0], x.Shape[1], height, width];
        return new GraphValue(
            Graph.Node("Resize", [x.Name, "", "", Integers(shape).Name], ("mode", "linear"), ("coordinate_transformation_mode", "half_pixel")), shape);
    }

    /// <summary>The elements of an axis moved on by so many, those that fall off coming in at the front: torch.roll.</summary>
    public GraphValue Roll(GraphValue x, int axis, int by)
    {
        int size = x.Shape[axis], cut = ((size - by) % size + size) % size;
        return Concat(axis, Slice(x, axis, cut, size), Slice(x, axis, 0, cut));
    }

    public GraphValue Softmax(GraphValue x) => Node("Softmax", x.Shape, [x], ("axis", -1));

    /// <summary>x·Wᵀ + b with the published parameters <c>weight</c> (outputs,inputs) and <c>bias</c>.</summary>
    public GraphValue Linear(GraphValue x, string path, int outputs, bool bias = true) =>
        Linear(x, outputs, $"{path}.weight", bias ? $"{path}.bias" : null);

    /// <summary>The same with parameters of any name.</summary>
    public GraphValue Linear(GraphValue x, int outputs, string weight, string? bias)
    {
        GraphValue product = MatMul(x, Transposed(outputs, x.Channels, weight));
        return bias is null ? product : Add(product, Parameter(bias, outputs));
    }

    public GraphValue LayerNorm(GraphValue x, string path, float epsilon = 1e-5f) => Node(
        "LayerNormalization", x.Shape, [x, Parameter($"{path}.weight", x.Channels), Parameter($"{path}.bias", x.Channels)],
        ("axis", -1), ("epsilon", epsilon));

    /// <summary>(B,C,H,W) → (B,outputs,h,w).</summary>
    public GraphValue Conv2d(GraphValue x, string path, int outputs, int kernel, int stride = 1, int padding = 0, bool bias = true)
    {
        int Side(int size) => ((size + (2 * padding) - kernel) / stride) + 1;
        GraphValue weight = Parameter($"{path}.weight", outputs, x.Shape[1], kernel, kernel);
        return Node(
            "Conv", [x.Shape[0], outputs, Side(x.Shape[2]), Side(x.Shape[3])],
            bias ? [x, weight, Parameter($"{path}.bias", outputs)] : [x, weight],
            ("kernel_shape", (int[])[kernel, kernel]), ("strides", (int[])[stride, stride]), ("pads", (int[])[padding, padding, padding, padding]));
    }

    /// <summary>Self attention of tokens (B,N,C) with published projections: (B,N,C).</summary>
    public GraphValue SelfAttention(GraphValue x, string query, string key, string value, int heads)
    {
        int c = x.Channels;
        if (Attention != AttentionForm.Packed)
            return Attend(Linear(x, query, c), Linear(x, key, c), Linear(x, value, c), heads);
        string[] paths = [query, key, value];
        GraphValue weight = Constant($"{query}.packed.weight", () => Packed(c, paths), c, 3 * c);
        GraphValue bias = Constant($"{query}.packed.bias", () => [.. paths.SelectMany(p => ProceduralValues.Weight($"{p}.bias", [c]))], 3 * c);
        return ContribNode("Attention", x.Shape, [x, weight, bias], ("num_heads", heads));
    }

    /// <summary>Attention of q (B,N,C) to k and v (B,M,C), heads side by side, to which <paramref name="bias"/> (1|B,1|heads,N,M) is added: (B,N,C).</summary>
    public GraphValue Attend(GraphValue q, GraphValue k, GraphValue v, int heads, GraphValue? bias = null)
    {
        int b = q.Shape[0], n = q.Shape[1], m = k.Shape[1], dim = q.Channels / heads, valueDim = v.Channels / heads;
        if (Attention != AttentionForm.Exported)
            return ContribNode("MultiHeadAttention", [b, n, v.Channels], [q, k, v, null, null, bias], ("num_heads", heads));
        GraphValue queries = Transpose(Reshape(q, b, n, heads, dim), 0, 2, 1, 3), keys = Transpose(Reshape(k, b, m, heads, dim), 0, 2, 3, 1);
        GraphValue scores = Multiply(MatMul(queries, keys), Number((float)(1 / Math.Sqrt(dim))));
        GraphValue weights = Softmax(bias is null ? scores : Add(scores, bias));
        GraphValue attended = MatMul(weights, Transpose(Reshape(v, b, m, heads, valueDim), 0, 2, 1, 3));
        return Reshape(Transpose(attended, 0, 2, 1, 3), b, n, v.Channels);
    }

    /// <summary>Exact GELU, as ONNX Runtime writes what it recognises in an exported model.</summary>
    public GraphValue Gelu(GraphValue x) => ContribNode("Gelu", x.Shape, [x]);

    public GraphValue Integers(params int[] values)
    {
        string name = $"integers {string.Join(' ', values)}";
        if (!_constants.TryGetValue(name, out GraphValue? constant))
            _constants.Add(name, constant = new GraphValue(Graph.Constant(name, Long(values), values.Length), values.Length));
        return constant;
    }

    // As an exporter folds it: (inputs, outputs).
    private GraphValue Transposed(int outputs, int inputs, string weight) => Constant(
        $"{weight}.transposed", () => Transposed(ProceduralValues.Weight(weight, [outputs, inputs]), outputs, inputs), inputs, outputs);

    /// <summary>(outputs,inputs) → (inputs,outputs).</summary>
    public static float[] Transposed(float[] weight, int outputs, int inputs)
    {
        var transposed = new float[weight.Length];
        for (int o = 0; o < outputs; o++)
            for (int i = 0; i < inputs; i++)
                transposed[(i * outputs) + o] = weight[(o * inputs) + i];
        return transposed;
    }

    // Three square projections side by side: (C,3C).
    private static float[] Packed(int c, string[] paths)
    {
        var packed = new float[3 * c * c];
        for (int part = 0; part < paths.Length; part++)
        {
            float[] weight = Transposed(ProceduralValues.Weight($"{paths[part]}.weight", [c, c]), c, c);
            for (int row = 0; row < c; row++)
                weight.AsSpan(row * c, c).CopyTo(packed.AsSpan((row * 3 * c) + (part * c)));
        }
        return packed;
    }

    private static int[] Broadcast(int[] a, int[] b)
    {
        var shape = new int[Math.Max(a.Length, b.Length)];
        for (int i = 1; i <= shape.Length; i++)
        {
            int x = i <= a.Length ? a[^i] : 1, y = i <= b.Length ? b[^i] : 1;
            if (x != y && x != 1 && y != 1)
                throw new ArgumentException($"({string.Join(',', a)}) and ({string.Join(',', b)}) do not broadcast");
            shape[^i] = Math.Max(x, y);
        }
        return shape;
    }

    private static long[] Long(int[] values) => Array.ConvertAll(values, n => (long)n);
}
