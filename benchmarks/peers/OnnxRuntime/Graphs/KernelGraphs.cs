using SspNative.Lab.Workloads;

namespace SspNative.Peers.OnnxRuntime.Graphs;

/// <summary>The graph of each kind of kernel. Weights are constants, as in an exported model; maps are (B,C,H,W).</summary>
internal static class KernelGraphs
{
    public static OnnxGraph Make(BenchCase work) => work.Kind switch
    {
        "matmul" => Dense(work, bias: false, gelu: false),
        "linear" => Dense(work, bias: true, gelu: false),
        "linear_gelu" => Dense(work, bias: true, gelu: true),
        "conv2d" => Conv2d(work),
        "layer_norm" => LayerNorm(work),
        "softmax" => Rowwise("Softmax", work.Sizes["rows"], work.Sizes["columns"]),
        "gelu" => Rowwise("Gelu", work.Sizes["count"]),
        "exp" => Rowwise("Exp", work.Sizes["count"]),
        "tanh" => Rowwise("Tanh", work.Sizes["count"]),
        "sigmoid" => Rowwise("Sigmoid", work.Sizes["count"]),
        "relu" => Rowwise("Relu", work.Sizes["count"]),
        "sub" => Pairwise("Sub", work.Sizes["count"]),
        "div" => Pairwise("Div", work.Sizes["count"]),
        "add" => Pairwise("Add", work.Sizes["count"]),
        "mul" => Pairwise("Mul", work.Sizes["count"]),
        "attention" => Attention(work),
        "upsample_add" => UpsampleAdd(work),
        _ => throw new UnsupportedCaseException($"no graph of kind {work.Kind}"),
    };

    private static OnnxGraph Dense(BenchCase work, bool bias, bool gelu)
    {
        int m = work.Sizes["m"], n = work.Sizes["n"], k = work.Sizes["k"];
        var graph = new OnnxGraph();
        string y = graph.Node("MatMul", [graph.Input("x", m, k), graph.RandomWeight("w", k, n)]);
        if (bias)
            y = graph.Node("Add", [y, graph.RandomWeight("b", n)]);
        if (gelu)
            y = graph.Node("Gelu", [y]);
        return graph.Output(y, m, n);
    }

    private static OnnxGraph Conv2d(BenchCase work)
    {
        int batch = work.Sizes["batch"], height = work.Sizes["height"], width = work.Sizes["width"];
        int input = work.Sizes["in"], output = work.Sizes["out"];
        int kernel = work.Sizes["kernel"], stride = work.Sizes["stride"], padding = work.Sizes["padding"];
        var graph = new OnnxGraph();
        string y = graph.Node(
            "Conv",
            [graph.Input("x", batch, input, height, width), graph.RandomWeight("w", output, input, kernel, kernel), graph.RandomWeight("b", output)],
            ("strides", (int[])[stride, stride]), ("pads", (int[])[padding, padding, padding, padding]));
        return graph.Output(y, batch, output, (height + 2 * padding - kernel) / stride + 1, (width + 2 * padding - kernel) / stride + 1);
    }

    private static OnnxGraph LayerNorm(BenchCase work)
    {
        int rows = work.Sizes["rows"], channels = work.Sizes["channels"];
        var graph = new OnnxGraph();
        string y = graph.Node(
            "LayerNormalization", [graph.Input("x", rows, channels), graph.RandomWeight("weight", channels), graph.RandomWeight("bias", channels)],
            ("epsilon", 1e-5f));
        return graph.Output(y, rows, channels);
    }

    private static OnnxGraph Rowwise(string op, params long[] shape)
    {
        var graph = new OnnxGraph();
        return graph.Output(graph.Node(op, [graph.Input("x", shape)]), shape);
    }

    private static OnnxGraph Pairwise(string op, long count)
    {
        var graph = new OnnxGraph();
        return graph.Output(graph.Node(op, [graph.Input("a", count), graph.Input("b", count)]), count);
    }

    /// <summary>ONNX Runtime's fused attention; the mask is its addend of the scores.</summary>
    private static OnnxGraph Attention(BenchCase work)
    {
        int batch = work.Sizes["batch"], heads = work.Sizes["heads"], dim = work.Sizes["dim"];
        int queries = work.Sizes["queries"], keys = work.Sizes["keys"];
        var graph = new OnnxGraph();
        string[] inputs =
        [
            graph.Input("q", batch, queries, heads * dim), graph.Input("k", batch, keys, heads * dim), graph.Input("v", batch, keys, heads * dim),
        ];
        if (work.Sizes.GetValueOrDefault("masked") != 0)
            inputs = [.. inputs, "", "", graph.Constant("mask", HalfBlocked(queries, keys), 1, 1, queries, keys)];
        return graph.Output(graph.ContribNode("MultiHeadAttention", inputs, ("num_heads", heads)), batch, queries, heads * dim);
    }

    private static OnnxGraph UpsampleAdd(BenchCase work)
    {
        int height = work.Sizes["height"], width = work.Sizes["width"], channels = work.Sizes["channels"];
        var graph = new OnnxGraph();
        string up = graph.Node(
            "Resize", [graph.Input("half", 1, channels, height / 2, width / 2), "", graph.Constant("scales", [1, 1, 2, 2], 4)],
            ("mode", "linear"), ("coordinate_transformation_mode", "half_pixel"));
        return graph.Output(graph.Node("Add", [up, graph.Input("lateral", 1, channels, height, width)]), 1, channels, height, width);
    }

    private static float[] HalfBlocked(int queries, int keys)
    {
        var random = new Random(2);
        var mask = new float[queries * keys];
        int[] order = [.. Enumerable.Range(0, keys)];
        for (int q = 0; q < queries; q++)
        {
            random.Shuffle(order);
            foreach (int key in order.AsSpan(0, keys / 2))
                mask[q * keys + key] = float.MinValue;
        }
        return mask;
    }
}
