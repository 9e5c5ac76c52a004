namespace SspNative.Lab.Benchmarking;

/// <summary>The work that <c>ssp bench kernels</c> and the benchmark project measure: every kernel at the model's shapes and at odd ones.</summary>
public static class KernelCases
{
    /// <summary>All cases, forward and backward, in the order of the table.</summary>
    public static IReadOnlyList<WorkCase> All { get; } = [.. Products(), .. Attentions(), .. Convolutions(), .. Streams()];

    /// <summary>Matrix products and linear layers: squares, then the layers of Swin, the decoder, CLIP and BERT, then odd sizes.</summary>
    private static IEnumerable<WorkCase> Products()
    {
        foreach ((int m, int n, int k) in ((int, int, int)[])[(1024, 1024, 1024), (2048, 2048, 2048), (1023, 1021, 1019)])
            foreach (WorkCase work in Both("matmul", $"{m}x{n}x{k}", ("m", m), ("n", n), ("k", k)))
                yield return work;
        (int M, int N, int K)[] linear =
        [
            (9216, 512, 128), (9216, 128, 512), (2304, 1024, 256), (576, 2048, 512), (576, 1536, 512), (144, 4096, 1024), (30, 2048, 256),
            (100, 2048, 256), (3024, 1024, 256), (3024, 256, 256), (197, 3072, 768), (128, 3072, 768), (1, 4096, 4096), (197, 767, 771),
        ];
        foreach ((int m, int n, int k) in linear)
            foreach (WorkCase work in Both("linear", $"{m}x{n}x{k}", ("m", m), ("n", n), ("k", k)))
                yield return work;
        foreach ((int m, int n, int k) in ((int, int, int)[])[(9216, 512, 128), (576, 2048, 512), (128, 3072, 768)])
            foreach (WorkCase work in Both("linear_gelu", $"{m}x{n}x{k}", ("m", m), ("n", n), ("k", k)))
                yield return work;
    }

    private static IEnumerable<WorkCase> Attentions() =>
    [
        .. Window(56, 7, 0), .. Window(96, 12, 0), .. Window(96, 12, 6),
        .. Attention("8x2048x64", 2048, 2048, 64, masked: false), .. Attention("8x1999x64", 1999, 1999, 64, masked: false),
        .. Attention("30 of 9216 masked", 30, 9216, 32, masked: true), .. Attention("100 of 9216 masked", 100, 9216, 32, masked: true),
        Grid("grid_attention", "2048 to 184x248"), Grid("grid_query_attention", "184x248 to 2048"),
        .. Both(
            "deformable_attention", "12² 24² 48²", ("heads", 8), ("dim", 32), ("points", 4), ("height0", 12), ("width0", 12), ("height1", 24),
            ("width1", 24), ("height2", 48), ("width2", 48)),
        .. Both(
            "deformable_attention", "11x13 23x25 47x49", ("heads", 8), ("dim", 32), ("points", 4), ("height0", 11), ("width0", 13),
            ("height1", 23), ("width1", 25), ("height2", 47), ("width2", 49)),
    ];

    /// <summary>3×3 convolutions: the pixel decoder's, VGGish's on a clip of ten seconds, an odd map.</summary>
    private static IEnumerable<WorkCase> Convolutions() =>
    [
        .. Convolution(1, 96, 96, 256, 256), .. Convolution(1, 56, 56, 256, 256), .. Convolution(10, 96, 64, 1, 64), .. Convolution(10, 48, 32, 64, 128),
        .. Convolution(10, 24, 16, 128, 256), .. Convolution(10, 24, 16, 256, 256), .. Convolution(10, 12, 8, 256, 512),
        .. Convolution(10, 12, 8, 512, 512), .. Convolution(1, 57, 55, 256, 256),
    ];

    /// <summary>What moves more than it computes.</summary>
    private static IEnumerable<WorkCase> Streams() =>
    [
        .. Both("layer_norm", "9216x128", ("rows", 9216), ("channels", 128)),
        .. Both("layer_norm", "65536x256", ("rows", 65536), ("channels", 256)),
        .. Both("layer_norm", "1021x771", ("rows", 1021), ("channels", 771)),
        .. Both("softmax", "4096x1024", ("rows", 4096), ("columns", 1024)),
        .. Both("softmax", "1021x1999", ("rows", 1021), ("columns", 1999)),
        Forward("sum", "4096x1024", ("rows", 4096), ("columns", 1024)),
        .. Both("gelu", "16M", ("count", 1 << 24)),
        .. new[] { "exp", "tanh", "sigmoid", "add", "mul", "adamw" }.Select(kind => Forward(kind, "16M", ("count", 1 << 24))),
        .. Both("upsample_add", "96x96x256", ("height", 96), ("width", 96), ("channels", 256)),
    ];

    private static IEnumerable<WorkCase> Window(int side, int window, int shift) => Both(
        "window_attention", $"{side}² by {window}²{(shift > 0 ? $" shifted {shift}" : "")}",
        ("height", side), ("width", side), ("window", window), ("shift", shift), ("heads", 4), ("dim", 32));

    private static IEnumerable<WorkCase> Attention(string sizes, int queries, int keys, int dim, bool masked) => Both(
        "attention", sizes, ("batch", 1), ("heads", 8), ("queries", queries), ("keys", keys), ("dim", dim), ("masked", masked ? 1 : 0));

    // Perceiver's at half its resolution, of which the peer's form takes seconds; inference alone has them.
    private static WorkCase Grid(string kind, string sizes) => new($"{kind} {sizes}", kind, Pass.Forward, new Dictionary<string, int>
    {
        ["latents"] = 2048,
        ["height"] = 184,
        ["width"] = 248,
        ["features"] = 64,
        ["positions"] = 258,
    });

    private static IEnumerable<WorkCase> Convolution(int batch, int height, int width, int from, int to) => Both(
        "conv2d", $"{batch}x{height}x{width} {from}→{to}", ("batch", batch), ("height", height), ("width", width), ("in", from), ("out", to),
        ("kernel", 3), ("stride", 1), ("padding", 1));

    private static WorkCase Forward(string kind, string sizes, params (string Name, int Value)[] values) => Both(kind, sizes, values).First();

    private static IEnumerable<WorkCase> Both(string kind, string sizes, params (string Name, int Value)[] values)
    {
        Dictionary<string, int> map = values.ToDictionary(v => v.Name, v => v.Value);
        yield return new WorkCase($"{kind} {sizes}", kind, Pass.Forward, map);
        yield return new WorkCase($"{kind} {sizes} backward", kind, Pass.Backward, map);
    }
}
