using System.Text.RegularExpressions;

namespace SspNative.Tests.Kernels.Matrix;

/// <summary>What the JIT wrote of the methods that <c>DOTNET_JitDisasm</c> named, in its own syntax.</summary>
internal static partial class JitListing
{
    /// <summary>The methods of a listing.</summary>
    public static IReadOnlyList<JitMethod> Parse(IEnumerable<string> lines)
    {
        List<JitMethod> methods = [];
        foreach (string line in lines)
        {
            if (Header().Match(line) is { Success: true } header)
                methods.Add(new JitMethod(header.Groups[1].Value, []));
            else if (methods.Count > 0)
                methods[^1].Lines.Add(line.Trim());
        }
        return methods;
    }

    [GeneratedRegex(@"^; Assembly listing for method (.*)$")]
    private static partial Regex Header();
}

/// <param name="Name">With its class and type arguments.</param>
/// <param name="Lines">Labels and instructions.</param>
internal sealed partial record JitMethod(string Name, List<string> Lines)
{
    /// <summary>The innermost loops that multiply and add vectors.</summary>
    public IEnumerable<string[]> Loops()
    {
        Dictionary<string, int> labels = [];
        int innermost = -1;
        for (int i = 0; i < Lines.Count; i++)
        {
            if (Label().Match(Lines[i]) is { Success: true } label)
                labels[label.Groups[1].Value] = i;
            // A jump back over another loop's jump back is the outer one's.
            else if (Jump().Match(Lines[i]) is { Success: true } jump && labels.TryGetValue(jump.Groups[1].Value, out int start) && start > innermost)
            {
                innermost = i;
                string[] body = Lines.GetRange(start, i - start + 1).ToArray();
                if (body.Any(line => line.StartsWith("vfmadd", StringComparison.Ordinal) && line.Contains("mm", StringComparison.Ordinal)))
                    yield return body;
            }
        }
    }

    /// <summary>Instructions of a loop that move a vector to the stack or take one from it.</summary>
    public static IEnumerable<string> Spills(IEnumerable<string> loop) => loop.Where(line => OnStack().IsMatch(line));

    [GeneratedRegex(@"^(G_M\w+):")]
    private static partial Regex Label();

    [GeneratedRegex(@"^j\w+\s+(?:SHORT\s+)?(G_M\w+)")]
    private static partial Regex Jump();

    [GeneratedRegex(@"^v\w+\s.*[xyz]mm.*\[r[sb]p")]
    private static partial Regex OnStack();
}
