using SspNative.Engine;
using SspNative.Engine.Nn;
using SspNative.Kernels;
using SspNative.Lab.References;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Lab.References;

[LeakCheck]
public sealed class ReferenceCaseTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, string> MissingMetadata => new()
    {
        { "module", "no module" }, { "config", "no config" }, { "weights", "no weights" }, { "seed", "no seed" },
    };

    public static TheoryData<string, string, string> BadMetadata => new()
    {
        { "config", "{", "metadata config: not JSON (line 1)" },
        { "config", "[]", "config is no JSON object" },
        { "config", """{"a":1,"a":2}""", "member \"a\" a second time" },
        { "weights", "somewhere", "neither stored nor procedural" },
        { "cotangents", "maybe", "neither stored nor procedural" },
        { "seed", "-1", "seed -1" },
        { "seed", "one", "seed one" },
        { "procedural_inputs", """{"p":3}""", "procedural_inputs does not give p" },
        { "procedural_inputs", """{"p":{"shape":[2]}}""", "procedural_inputs does not give p" },
        { "procedural_inputs", """{"p":{"shape":[1.5],"scale":1}}""", "procedural_inputs does not give p" },
        { "procedural_inputs", """{"p":{"shape":[-2],"scale":1}}""", "no usable shape" },
        { "procedural_inputs", """{"p":{"shape":[2000000000,2000000000],"scale":1}}""", "no usable shape" },
        { "procedural_inputs", """{"x":{"shape":[2],"scale":1}}""", "both stored and procedural" },
        { "procedural_inputs", """{"\ud800":{"shape":[2],"scale":1}}""", "surrogate" },
        { "procedural_inputs", """{"p":{"shape":[2],"scale":1e39}}""", "scale that is not finite" },
        { "procedural_inputs", """{"p":{"shape":[2000000000],"scale":1}}""", "more than 67108864 elements" },
        { "torch_float32_error", """{"y":{"max":1}}""", "no rms for y" },
        { "torch_float32_error", """{"y":{"rms":1e999}}""", "gives y the rms" },
        { "torch_float32_error", """{"y":{"rms":-1}}""", "gives y the rms -1" },
        { "torch_float32_error", "\"\"", "no JSON object" },
    };

    [Theory]
    [MemberData(nameof(MissingMetadata))]
    public void MissingMetadataIsNamed(string key, string expected) => AssertMalformed(CaseFile.Copy().Without(key), expected);

    [Theory]
    [MemberData(nameof(BadMetadata))]
    public void BadMetadataIsNamed(string key, string value, string expected) => AssertMalformed(CaseFile.Copy().With(key, value), expected);

    [Fact]
    public void BadTensorsAreNamed()
    {
        AssertMalformed(CaseFile.Copy().Without("output.y"), "expects no output");
        AssertMalformed(CaseFile.Copy().Add("y", [1], 1f), "tensor y is no input");
        AssertMalformed(CaseFile.Copy().Add("output.y", [3], 1f, float.NaN, 3f), "not finite");
        AssertMalformed(CaseFile.Copy().Add("grad.x", [2], 1f, 1f), "grad.x has the shape (2), but x has (3)");
        AssertMalformed(CaseFile.Copy().AddIntegers("grad.x", [3], 1, 2, 3), "grad.x is not floating-point");
        AssertMalformed(CaseFile.Copy().Add("cotangent.z", [3], 1f, 1f, 1f), "cotangent.z belongs to no output");
        AssertMalformed(CaseFile.Copy().Add("cotangent.y", [1], 1f), "cotangent.y is F32(1)");
    }

    [Fact]
    public void BadSamplesAreNamed()
    {
        AssertMalformed(Sampled().Without("output.s.value"), "no output.s.value");
        AssertMalformed(Sampled().Without("output.s.index"), "no output.s.index");
        AssertMalformed(Sampled().Without("output.s.shape"), "no output.s.shape");
        AssertMalformed(Sampled().AddIntegers("output.s.index", [2], 0, 6), "index 6");
        AssertMalformed(Sampled().AddIntegers("output.s.index", [2], -1, 5), "index -1");
        AssertMalformed(Sampled().AddIntegers("output.s.index", [1], 0), "does not fit the values");
        AssertMalformed(Sampled().Add("output.s.index", [2], 0f, 1f), "does not fit the values");
        AssertMalformed(Sampled().AddIntegers("output.s.shape", [2], 2, -3), "no usable shape");
        AssertMalformed(Sampled().Add("output.s.shape", [2], 2f, 3f), "not a list of integers");
    }

    [Fact]
    public void AWellFormedCaseIsReadWhole()
    {
        string path = Sampled()
            .Add("grad.x", [3], 1f, 1f, 1f)
            .With("procedural_inputs", """{"p":{"shape":[2,2],"scale":0.5}}""")
            .With("torch_float32_error", """{"y":{"max":2e-7,"rms":1e-7},"grad.x":{"max":0,"rms":3e-8}}""")
            .Write(_folder["case.safetensors"]);
        using ReferenceCase reference = ReferenceCase.Open(path);
        Assert.Equal("test.copy", reference.Module);
        Assert.Equal(2, reference.Config.GetProperty("scale").GetInt32());
        Assert.Equal(["s", "y"], reference.Outputs.Select(o => o.Name));
        Assert.Equal([0L, 5L], reference.Outputs[0].Indices!);
        Assert.Equal(new Shape(2, 3), reference.Outputs[0].Shape);
        Assert.Equal(1e-7, reference.Outputs[1].TorchError);
        Assert.Equal(3e-8, Assert.Single(reference.Gradients).TorchError);
        Assert.True(reference.ExpectsGradient("x"));
        Assert.False(reference.ExpectsGradient("p"));
    }

    [Fact]
    public void TheContextGivesInputsAndParameters()
    {
        string path = CaseFile.Copy()
            .Add("weight.fc.weight", [1, 2], 4f, 5f)
            .Add("grad.fc.weight", [1, 2], 0f, 0f)
            .AddIntegers("input.ids", [2], 7, 8)
            .With("procedural_inputs", """{"p":{"shape":[2,2],"scale":0.5}}""")
            .Write(_folder["case.safetensors"]);
        IDevice device = TestDevices.Shared;
        int live = device.LiveBuffers;
        using (ReferenceCase reference = ReferenceCase.Open(path))
        using (var context = new ReferenceContext(reference, device))
        {
            Tensor weight = context.Parameters.Root.Get("fc.weight", [1, 2], Init.XavierUniform);
            Assert.Equal([4f, 5f], weight.ToArray());
            Assert.True(weight.RequiresGrad);
            Assert.Same(context.Input("x"), context.Input("x"));
            Assert.False(context.Input("x").RequiresGrad);
            Assert.Equal([7L, 8L], context.Input("ids").ToLongArray());
            Assert.Equal(new Shape(2, 2), context.Input("p").Shape);
            Assert.All(context.Input("p").ToArray(), v => Assert.InRange(v, -0.5f, 0.5f));
            Assert.Null(context.FindInput("q"));
            Assert.Contains("no input q", Assert.Throws<InvalidDataException>(() => context.Input("q")).Message);
        }
        Assert.Equal(live, device.LiveBuffers);
    }

    [Fact]
    public void EveryCaseOfTheProjectIsWellFormed()
    {
        string[] paths = Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "reference"), "*.safetensors", SearchOption.AllDirectories);
        Assert.NotEmpty(paths);
        foreach (string path in paths)
            using (ReferenceCase reference = ReferenceCase.Open(path))
                Assert.NotEmpty(reference.Outputs);
    }

    public void Dispose() => _folder.Dispose();

    private static CaseFile Sampled() => CaseFile.Copy()
        .AddIntegers("output.s.index", [2], 0, 5).Add("output.s.value", [2], 1f, 2f).AddIntegers("output.s.shape", [2], 2, 3);

    private void AssertMalformed(CaseFile file, string expected)
    {
        string path = file.Write(_folder["case.safetensors"]);
        var error = Assert.Throws<InvalidDataException>(() => ReferenceCase.Open(path));
        Assert.StartsWith(path, error.Message);
        Assert.Contains(expected, error.Message);
    }
}
