using System.Text.RegularExpressions;
using Xunit;

namespace SspNative.Tests.Architecture;

/// <summary>Rooms depend in one direction, in the order in which data pass through them.</summary>
public sealed partial class NamespaceTests
{
    private const string Catalogue = "ssp-model/lab/Catalogue";

    private static readonly string[][] _order =
    [
        ["Files"],
        ["Config", "Media"],
        ["OpticalFlow", "OpticalFlow.Pyramid", "OpticalFlow.Perceiver", "Preprocessing", "Preprocessing.Tokenization"],
        ["Encoders.Swin", "Encoders.Clip", "Encoders.Bert", "Encoders.Vggish", "MaskFusion"],
        ["Alignment", "Decoder"],
        ["Networks"],
        ["Losses", "Metrics", "Weights"],
        ["Data", "Data.AvsBench", "Data.Caching", "Data.Synthetic"],
        ["Data.Cutouts"],
        ["Training"],
        ["Evaluation"],
        ["Pipeline", "Prompting"],
        ["Results"],
        [""],
    ];

    // The lab's: what cases and loads are, what is known of operations, what runs them.
    private static readonly string[][] _labOrder =
    [
        ["References", "Workloads"],
        ["Catalogue"],
        ["Verification", "Benchmarking", "Ablation"],
        ["Ablation.Claims"],
        [""],
    ];

    // What is written, what is read of a command line, the verbs by what they are for, and who starts them. Several ranks run a verb whole.
    private static readonly string[][] _commandOrder =
    [
        ["Terminal"],
        ["Plots", "Parsing"],
        ["Options"],
        ["Profiling"],
        ["Segmenting", "Training", "Files"],
        ["Serving", "Measuring", "Evaluating", "Installation", "Ranks"],
        [""],
    ];

    // The root of an assembly is open to all of its rooms: tensors, tapes and operations here, what every device has there.
    private static readonly string[][] _engineOrder =
    [
        ["Storage", "Distributed", "Diagnostics"],
        [""],
        ["Nn"],
        ["Optim", "Serialization.Pickles"],
        ["Serialization"],
    ];

    private static readonly string[][] _kernelOrder =
    [
        ["Operators"],
        [""],
        ["Cpu", "Gpu"],
        ["Cpu.Roof"],
    ];

    [Fact]
    public void RoomsOfTheModelKnowOnlyThoseBeforeThem() => Assert.Empty(Upwards("ssp-model", "Model", _order));

    [Fact]
    public void RoomsOfTheLabKnowOnlyThoseBeforeThem() => Assert.Empty(Upwards("ssp-model", "Lab", _labOrder));

    [Fact]
    public void RoomsOfTheCommandKnowOnlyThoseBeforeThem() => Assert.Empty(Upwards("ssp-model", "Cli", _commandOrder));

    [Fact]
    public void RoomsOfTheEngineKnowOnlyThoseBeforeThem() => Assert.Empty(Upwards("engine", "Engine", _engineOrder));

    [Fact]
    public void RoomsOfTheKernelsKnowOnlyThoseBeforeThem() => Assert.Empty(Upwards("kernels", "Kernels", _kernelOrder));

    // Types of an assembly's root are visible in all its rooms without a directive.
    [Fact]
    public void NobodyBehindTheFrontDoorKnowsIt() => Assert.All(
        Repository.Files("*.cs").Where(f => f.StartsWith("ssp-model/", StringComparison.Ordinal)
            && f.Split('/') is { Length: > 2 } folders && folders[1] is not ("cli" or "lab")),
        f => Assert.DoesNotMatch(@"\bSspModel\b", File.ReadAllText(Repository.Path(f))));

    /// <summary>The uses of rooms of an assembly, in a folder, by those before them.</summary>
    private static List<string> Upwards(string folder, string assembly, string[][] order)
    {
        Dictionary<string, int> storeys = order.SelectMany((rooms, i) => rooms.Select(room => (room, i))).ToDictionary(r => r.room, r => r.i);
        Regex declares = new($@"^namespace SspNative\.{assembly}\.?([\w.]*);", RegexOptions.Multiline);
        // Of types of a room, too, as by "using static".
        Regex uses = new($@"^using (?:static )?SspNative\.{assembly}\.([\w.]+);", RegexOptions.Multiline);
        var upwards = new List<string>();
        foreach (string file in Repository.Files("*.cs").Where(f => f.StartsWith(folder + "/", StringComparison.Ordinal)))
        {
            string text = File.ReadAllText(Repository.Path(file));
            if (declares.Match(text) is not { Success: true } own)
                continue;
            Assert.True(storeys.TryGetValue(own.Groups[1].Value, out int storey), $"{file}: the room {own.Groups[1].Value} has no place in the order");
            upwards.AddRange(uses.Matches(text).Select(m => m.Groups[1].Value).Where(u => Storey(u) > storey).Select(u => $"{file} uses {u}"));
        }
        return upwards;

        int Storey(string used) => storeys.TryGetValue(used, out int storey) ? storey : storeys[used[..used.LastIndexOf('.')]];
    }

    // A namespace's folder is its room: whoever knows the name finds the file. The families of the catalogue are parts of one class, as those of
    // engine/Ops are.
    [Fact]
    public void NamespacesAreFolders()
    {
        (string Folder, string Namespace)[] roots =
        [
            ("ssp-model/cli", "SspNative.Cli"), ("ssp-model/lab", "SspNative.Lab"), ("ssp-model", "SspNative.Model"),
            ("engine/Storage", "SspNative.Engine.Storage"),
            // A namespace Ops would hide the class.
            ("tests/Ops", "SspNative.Tests.Operations"), ("tests/CommandLine", "SspNative.Tests.CommandLine"),
            ("tests/Kernels", "SspNative.Tests.Kernels"),
        ];
        foreach ((string folder, string root) in roots)
            foreach (string file in Repository.Files("*.cs").Where(f => f.StartsWith(folder + "/", StringComparison.Ordinal)))
            {
                if (roots.Any(r => r.Folder.Length > folder.Length && file.StartsWith(r.Folder + "/", StringComparison.Ordinal)))
                    continue;
                string room = file.StartsWith(Catalogue + "/", StringComparison.Ordinal) ? Catalogue : Path.GetDirectoryName(file)!;
                if (Declared().Match(File.ReadAllText(Repository.Path(file))) is { Success: true } found)
                    Assert.Equal(root + room[folder.Length..].Replace('/', '.').Replace('\\', '.'), found.Groups[1].Value);
            }
    }

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Declared();
}
