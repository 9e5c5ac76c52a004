#:package Microsoft.CodeAnalysis.CSharp@5.9.0
#:property ManagePackageVersionsCentrally=false
#:property PublishAot=false
#:property PublishTrimmed=false
// Changes the code of a folder, one change at a time, compiles each for itself, and runs the tests on it. Stryker compiles all changes into one program, which
// asks at each whether it is its turn: too slow in a kernel's loops. It also knows nothing of arithmetic that is a call, as `TSimd.Add(a, b)`.
//
// Mutate BUILD.json GENERATED SPANS.json FOLDER HOME TESTS RUNNER WORKERS SAMPLE REPORT.json CLASS…
//   BUILD      what `dotnet build -getItem:… -getProperty:…` says of the project's sources, references, resources, constants, name and kind
//   GENERATED  the folder of the sources that its generators wrote
//   SPANS      what to change, as Again.cs lists it
//   TESTS      the folder with the built tests; RUNNER: RunTests.dll
//   SAMPLE     how many changes are tried, chosen by chance but the same every time; 0: all
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

(string build, string generated, string spans, string folder, string home, string tests, string runner) =
    (args[0], args[1], args[2], args[3], Path.GetFullPath(args[4]), Path.GetFullPath(args[5]), Path.GetFullPath(args[6]));
(int workers, int sample, string report) = (Number(args[7]), Number(args[8]), args[9]);
string[] classes = args[10..];

JsonNode project = JsonNode.Parse(File.ReadAllText(build))!;
string name = project["Properties"]!["AssemblyName"]!.GetValue<string>();
CSharpParseOptions parsing = CSharpParseOptions.Default.WithLanguageVersion(LanguageVersion.CSharp14)
    .WithPreprocessorSymbols(project["Properties"]!["DefineConstants"]!.GetValue<string>().Split(';'));
string[] sources = [.. Items("Compile"), .. Directory.GetFiles(generated, "*.cs", SearchOption.AllDirectories)];
CSharpCompilation compilation = CSharpCompilation.Create(
    name,
    sources.Select(path => CSharpSyntaxTree.ParseText(SourceText.From(File.ReadAllText(path)), parsing, path)),
    Items("ReferencePathWithRefAssemblies").Select(path => MetadataReference.CreateFromFile(path)),
    new CSharpCompilationOptions(
        project["Properties"]!["OutputType"]!.GetValue<string>() == "Exe" ? OutputKind.ConsoleApplication : OutputKind.DynamicallyLinkedLibrary,
        optimizationLevel: OptimizationLevel.Release,
        allowUnsafe: true,
        nullableContextOptions: NullableContextOptions.Enable,
        concurrentBuild: false,
        deterministic: true));

ResourceDescription[] resources =
[
    .. project["Items"]!["EmbeddedResource"]!.AsArray().Select(item => new ResourceDescription(
        item!["LogicalName"]!.GetValue<string>(), () => File.OpenRead(item["FullPath"]!.GetValue<string>()), isPublic: true)),
];

Mutant[] mutants = [.. compilation.SyntaxTrees.SelectMany(tree => Wanted(tree) is { } wanted ? Mutants.Of(tree).Where(wanted) : [])];
if (sample > 0 && sample < mutants.Length)
{
    var random = new Random(1);
    random.Shuffle(mutants);
    mutants = mutants[..sample];
}

// Without a change all must pass, and this says how long they take.
string[] places = [.. Enumerable.Range(0, workers).Select(Place)];
if (Compile(compilation, places[0]) is { } wrong)
    throw new InvalidOperationException($"without a change it does not compile: {wrong}");
Suite all = Measure(classes);

// First come those that kill most in little time: of a kernel the tests of its own family, elsewhere what is quick. The others see only what survives.
string[] quick = Path.GetFileName(home) == "kernels" ? [] : [.. classes.Where(c => 10 * Measure([c]).Time < all.Time)];
var suites = new Dictionary<string, Suite[]>();
foreach (string family in mutants.Select(m => Family(m.Tree.FilePath)).Distinct())
{
    string[] own = [.. quick, .. classes.Where(c => c.Contains($".Kernels.{family}.", StringComparison.Ordinal))], others = [.. classes.Except(own)];
    suites[family] = own.Length == 0 || others.Length == 0 ? [all] : [Measure(own), all with { Classes = others }];
}
Console.Error.WriteLine($"{mutants.Length} mutants");

var queue = new ConcurrentQueue<Mutant>(mutants);
Parallel.ForEach(places, new ParallelOptions { MaxDegreeOfParallelism = workers }, place =>
{
    while (queue.TryDequeue(out Mutant? mutant))
    {
        string text = mutant.Tree.GetText().WithChanges(new TextChange(mutant.Span, mutant.Replacement)).ToString();
        SyntaxTree changed = CSharpSyntaxTree.ParseText(text, parsing, mutant.Tree.FilePath);
        (mutant.Status, mutant.Reason) = Try(compilation.ReplaceSyntaxTree(mutant.Tree, changed), place, suites[Family(mutant.Tree.FilePath)]);
        Console.Error.Write(mutant.Status switch { "Killed" => '.', "CompileError" => 'E', var other => other[0] });
    }
});
Console.Error.WriteLine();

// In the form of Stryker's reports.
var files = new JsonObject();
foreach (IGrouping<SyntaxTree, Mutant> file in mutants.GroupBy(m => m.Tree).OrderBy(g => g.Key.FilePath, StringComparer.Ordinal))
    files[file.Key.FilePath] = new JsonObject
    {
        ["language"] = "cs",
        ["source"] = file.Key.GetText().ToString(),
        ["mutants"] = new JsonArray([.. file.OrderBy(m => m.Span.Start).Select((m, i) => m.ToJson(i))]),
    };
File.WriteAllText(report, new JsonObject { ["schemaVersion"] = "2", ["projectRoot"] = home, ["sampled"] = sample > 0, ["files"] = files }.ToJsonString());
return 0;

static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

IEnumerable<string> Items(string kind) => project["Items"]![kind]!.AsArray().Select(item => item!["FullPath"]!.GetValue<string>());

// Which mutants of a file are wanted; none of a file outside the folder.
Func<Mutant, bool>? Wanted(SyntaxTree tree)
{
    string below = Path.GetRelativePath(home, tree.FilePath), path = Path.Combine(Path.GetFileName(home), below);
    if (path != folder && !path.StartsWith(folder + "/", StringComparison.Ordinal))
        return null;
    string[] patterns = JsonSerializer.Deserialize(File.ReadAllText(spans), typeof(string[])) as string[] ?? [];
    if (patterns.Contains("**/*.cs") || patterns.Contains(below))
        return _ => true;
    HashSet<string> places = [.. patterns.Where(p => p.StartsWith(below + "{", StringComparison.Ordinal))];
    return mutant => places.Contains($"{below}{{{mutant.Span.Start}..{mutant.Span.End}}}");
}

// A copy of the tests, whose files are the same but for the program that changes.
string Place(int number)
{
    string place = $"{tests.TrimEnd('/')}-{number}";
    using Process copy = Process.Start("cp", ["-al", tests, place]);
    copy.WaitForExit();
    return copy.ExitCode == 0 ? place : throw new IOException($"{tests} cannot be copied to {place}");
}

// The folder of a kernel's file, as that of its tests is named.
static string Family(string path) => Path.GetFileName(Path.GetDirectoryName(path))!;

(string Status, string Reason) Try(CSharpCompilation changed, string place, Suite[] tried)
{
    if (Compile(changed, place) is { } error)
        return ("CompileError", error);
    (string Status, string Reason) result = ("Survived", "");
    foreach (Suite suite in tried)
        if ((result = Run(place, suite.Classes, suite.Limit)).Status != "Survived")
            break;
    return result;
}

Suite Measure(string[] chosen)
{
    var clock = Stopwatch.StartNew();
    (string status, string said) = Run(places[0], chosen, TimeSpan.FromMinutes(30));
    return status == "Survived"
        ? new Suite(chosen, clock.Elapsed)
        : throw new InvalidOperationException($"without a change the tests do not pass: {said}");
}

// Returns what the compiler does not accept.
string? Compile(CSharpCompilation changed, string place)
{
    string program = Path.Combine(place, $"{name}.dll");
    File.Delete(program);
    using FileStream stream = File.Create(program);
    return changed.Emit(stream, manifestResources: resources).Diagnostics.FirstOrDefault(d => d.Severity == DiagnosticSeverity.Error)?.ToString();
}

(string Status, string Reason) Run(string place, string[] chosen, TimeSpan most)
{
    using var process = Process.Start(new ProcessStartInfo("dotnet", [runner, Path.Combine(place, "SspNative.Tests.dll"), .. chosen])
    {
        RedirectStandardOutput = true,
        RedirectStandardError = true,
        WorkingDirectory = place,
    })!;
    Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
    if (!process.WaitForExit(most))
    {
        process.Kill(entireProcessTree: true);
        return ("Timeout", "it ran too long");
    }
    return process.ExitCode switch
    {
        0 => ("Survived", ""),
        1 => ("Killed", output.Result.Trim()),
        // There are none.
        2 => ("Survived", ""),
        // A crash.
        var code => ("RuntimeError", $"exit code {code}: {error.Result.Trim().Split('\n')[0]}"),
    };
}

internal sealed record Suite(string[] Classes, TimeSpan Time)
{
    public TimeSpan Limit => Time + TimeSpan.FromSeconds(10 + Math.Min(4 * Time.TotalSeconds, 20));
}

internal sealed class Mutant(SyntaxTree tree, string mutator, TextSpan span, string replacement)
{
    public SyntaxTree Tree => tree;

    public TextSpan Span => span;

    public string Replacement => replacement;

    public string Status { get; set; } = "";

    public string Reason { get; set; } = "";

    public JsonObject ToJson(int id)
    {
        FileLinePositionSpan lines = tree.GetLineSpan(span);
        return new JsonObject
        {
            ["id"] = $"{id}",
            ["mutatorName"] = mutator,
            ["replacement"] = replacement,
            ["location"] = new JsonObject { ["start"] = Position(lines.StartLinePosition), ["end"] = Position(lines.EndLinePosition) },
            ["status"] = Status,
            ["statusReason"] = Reason,
        };
    }

    private static JsonObject Position(LinePosition at) => new() { ["line"] = at.Line + 1, ["column"] = at.Character + 1 };
}

/// <summary>Most of Stryker's changes, and those of vector arithmetic.</summary>
internal static class Mutants
{
    // Each operator, and what is put in its place.
    private static readonly Dictionary<string, string[]> _operators = Table(
        "+ -", "- +", "* /", "/ *", "% *", "> < >=", "< > <=", ">= < >", "<= > <", "== !=", "!= ==", "&& ||", "|| &&", "& |", "| &", "^ |", "<< >>", ">> <<",
        ">>> <<", "+= -=", "-= +=", "*= /=", "/= *=", "%= *=", "&= |=", "|= &=", "^= |=", "<<= >>=", ">>= <<=");

    private static readonly Dictionary<string, string[]> _calls = Table(
        "Min Max", "Max Min", "Floor Ceiling", "Ceiling Floor", "Add Sub", "Sub Add", "Mul Div", "Div Mul");

    private static readonly Dictionary<string, string[]> _queries = Table(
        "Any All", "All Any", "First Last", "Last First", "Take Skip", "Skip Take", "OrderBy OrderByDescending", "Min Max", "Max Min", "Sum Max");

    public static IEnumerable<Mutant> Of(SyntaxTree tree) =>
        tree.GetRoot().DescendantNodes(node => node is not AttributeListSyntax)
            .SelectMany(node => Changes(node).Select(c => new Mutant(tree, c.Name, node.Span, c.Text)));

    private static IEnumerable<(string Name, string Text)> Changes(SyntaxNode node)
    {
        string text = node.ToString();
        switch (node)
        {
            case BinaryExpressionSyntax { RawKind: (int)SyntaxKind.CoalesceExpression } b:
                yield return ("Null coalescing", b.Left.ToString());
                yield return ("Null coalescing", b.Right.ToString());
                break;
            case BinaryExpressionSyntax b when _operators.TryGetValue(b.OperatorToken.Text, out string[]? others):
                foreach (string other in others)
                    yield return ("Binary", With(b, b.OperatorToken, other));
                break;
            case AssignmentExpressionSyntax a when _operators.TryGetValue(a.OperatorToken.Text, out string[]? others):
                yield return ("Assignment", With(a, a.OperatorToken, others[0]));
                break;
            case PrefixUnaryExpressionSyntax p:
                string? prefix = p.Kind() switch
                {
                    SyntaxKind.UnaryMinusExpression => "+",
                    SyntaxKind.PreIncrementExpression => "--",
                    SyntaxKind.PreDecrementExpression => "++",
                    SyntaxKind.LogicalNotExpression or SyntaxKind.BitwiseNotExpression => "",
                    _ => null,
                };
                if (prefix is not null)
                    yield return ("Unary", With(p, p.OperatorToken, prefix));
                break;
            case PostfixUnaryExpressionSyntax p when p.Kind() is SyntaxKind.PostIncrementExpression or SyntaxKind.PostDecrementExpression:
                yield return ("Unary", With(p, p.OperatorToken, p.OperatorToken.Text == "++" ? "--" : "++"));
                break;
            case LiteralExpressionSyntax l when l.Kind() is SyntaxKind.TrueLiteralExpression or SyntaxKind.FalseLiteralExpression:
                yield return ("Boolean", text == "true" ? "false" : "true");
                break;
            case LiteralExpressionSyntax { Token.Value: string { Length: > 0 } } or InterpolatedStringExpressionSyntax:
                yield return ("String", "\"\"");
                break;
            case ConditionalExpressionSyntax c:
                yield return ("Conditional", $"(true ? {c.WhenTrue} : {c.WhenFalse})");
                yield return ("Conditional", $"(false ? {c.WhenTrue} : {c.WhenFalse})");
                break;
            case ExpressionSyntax e when IsCondition(e) && e is not (BinaryExpressionSyntax or PrefixUnaryExpressionSyntax or LiteralExpressionSyntax):
                yield return ("Negation", $"!({text})");
                break;
            case InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax member } call:
                ArgumentSyntax[] arguments = [.. call.ArgumentList.Arguments];
                bool computes = member.Expression is IdentifierNameSyntax { Identifier.Text: "Math" or "MathF" or "TSimd" or "TMath" };
                if ((computes ? _calls : _queries).TryGetValue(member.Name.Identifier.Text, out string[]? swapped))
                    yield return ("Call", With(call, member.Name.Identifier, swapped[0]));
                if (member.Name.Identifier.Text == "Fma" && arguments.Length == 3)
                    yield return ("Call", arguments[2].ToString());
                if (member.Name.Identifier.Text == "Select" && arguments.Length == 3)
                    yield return ("Call", $"{call.Expression}({arguments[0]}, {arguments[2]}, {arguments[1]})");
                if (member.Name.Identifier.Text == "Less" && arguments.Length == 2)
                    yield return ("Call", $"{call.Expression}({arguments[1]}, {arguments[0]})");
                if (member.Name.Identifier.Text == "FirstLanes")
                    yield return ("Call", $"{call.Expression}({arguments[0]} - 1)");
                break;
            case ExpressionStatementSyntax or BreakStatementSyntax or ContinueStatementSyntax or ThrowStatementSyntax
                or ReturnStatementSyntax { Expression: null } when node.Parent is not SwitchSectionSyntax:
                yield return ("Statement", ";");
                break;
            case BlockSyntax { Statements.Count: > 0 } block:
                yield return ("Block", Returns(block) ? "{ return default; }" : "{}");
                break;
        }
    }

    private static Dictionary<string, string[]> Table(params string[] rows) => rows.Select(r => r.Split(' ')).ToDictionary(r => r[0], r => r[1..]);

    private static bool IsCondition(ExpressionSyntax e) => e.Parent switch
    {
        IfStatementSyntax s => s.Condition == e,
        WhileStatementSyntax s => s.Condition == e,
        DoStatementSyntax s => s.Condition == e,
        ForStatementSyntax s => s.Condition == e,
        ConditionalExpressionSyntax s => s.Condition == e,
        _ => false,
    };

    private static bool Returns(BlockSyntax block) => block.Parent switch
    {
        MethodDeclarationSyntax m => m.ReturnType.ToString() != "void",
        LocalFunctionStatementSyntax f => f.ReturnType.ToString() != "void",
        AccessorDeclarationSyntax a => a.IsKind(SyntaxKind.GetAccessorDeclaration),
        OperatorDeclarationSyntax => true,
        _ => false,
    };

    private static string With(SyntaxNode node, SyntaxToken token, string replacement)
    {
        string text = node.ToString();
        int at = token.SpanStart - node.SpanStart;
        return text[..at] + replacement + text[(at + token.Span.Length)..];
    }
}
