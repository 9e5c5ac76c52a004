using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using SspNative.Cli;
using SspNative.Engine;
using SspNative.Lab;
using SspNative.Model.Networks;
using Xunit;

namespace SspNative.Tests.Architecture;

/// <summary>The limits that docs/limits.md states are those of the code.</summary>
public sealed partial class LimitTests
{
    private static readonly Assembly[] _product = [typeof(Tensor).Assembly, typeof(Ssp).Assembly, typeof(LabJson).Assembly, typeof(SspCommandLine).Assembly];

    [Fact]
    public void EveryNumberIsThatOfItsConstant()
    {
        Match[] rows = Row().Matches(File.ReadAllText(Repository.Path("docs/limits.md"))).ToArray<Match>();
        Assert.True(rows.Length > 35, $"only {rows.Length} rows were found");
        foreach (Match row in rows)
        {
            (string type, string field) = (row.Groups["type"].Value, row.Groups["field"].Value);
            Type found = Assert.Single(
                _product.SelectMany(a => a.GetTypes()), t => t.Name == type && t.Namespace?.StartsWith("SspNative", StringComparison.Ordinal) == true);
            FieldInfo? constant = found.GetField(field, BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic);
            Assert.True(constant is { IsLiteral: true }, $"{type} has no constant {field}");
            Assert.Equal(
                double.Parse(row.Groups["number"].Value, NumberStyles.AllowThousands, CultureInfo.InvariantCulture),
                Convert.ToDouble(constant.GetRawConstantValue(), CultureInfo.InvariantCulture));
        }
    }

    /// <summary>The table of environment variables has those that the code reads, and no others.</summary>
    [Fact]
    public void EveryEnvironmentVariableIsInTheTable()
    {
        string[] product = ["kernels/", "engine/", "ssp-model/"];
        IEnumerable<string> read = Repository.Files("*.cs").Where(f => product.Any(p => f.StartsWith(p, StringComparison.Ordinal)))
            .SelectMany(f => VariableInCode().Matches(File.ReadAllText(Repository.Path(f)))).Select(m => m.Groups["name"].Value);
        IEnumerable<string> listed = VariableInTable().Matches(File.ReadAllText(Repository.Path("docs/weights.md"))).Select(m => m.Groups["name"].Value);
        Assert.Equal(read.Distinct().Order(StringComparer.Ordinal), listed.Order(StringComparer.Ordinal));
    }

    [GeneratedRegex("Variable = \"(?<name>SSP_[A-Z_]+)\"")]
    private static partial Regex VariableInCode();

    [GeneratedRegex(@"^\| `(?<name>SSP_[A-Z_]+)` \|", RegexOptions.Multiline)]
    private static partial Regex VariableInTable();

    [GeneratedRegex(@"^\| [^|]+ \| (?<number>[\d,]+) \| `(?<type>\w+)\.(?<field>\w+)` \|\r?$", RegexOptions.Multiline)]
    private static partial Regex Row();
}
