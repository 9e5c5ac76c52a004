#:package xunit.extensibility.execution@2.9.3
#:property ManagePackageVersionsCentrally=false
#:property PublishAot=false
// Runs the tests of some classes in this process, which is much faster to start than the usual runner, and ends at the first that fails:
// RunTests TESTS.dll CLASS…. Exit code 0: all passed. 1: one failed, and is named. 2: there is none.
using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using Xunit.Abstractions;
using Xunit.Sdk;

string tests = Path.GetFullPath(args[0]);
// Tests look for their files beside themselves.
AppContext.SetData("APP_CONTEXT_BASE_DIRECTORY", Path.GetDirectoryName(tests) + Path.DirectorySeparatorChar);
var resolver = new AssemblyDependencyResolver(tests);
AssemblyLoadContext.Default.Resolving += (context, name) => resolver.ResolveAssemblyToPath(name) is { } path ? context.LoadFromAssemblyPath(path) : null;
AssemblyLoadContext.Default.ResolvingUnmanagedDll += (_, name) =>
    resolver.ResolveUnmanagedDllToPath(name) is { } path ? NativeLibrary.Load(path) : nint.Zero;

Assembly assembly = AssemblyLoadContext.Default.LoadFromAssemblyPath(tests);
var sink = new Sink();
using var framework = new XunitTestFramework(sink);
using ITestFrameworkDiscoverer discoverer = framework.GetDiscoverer(Reflector.Wrap(assembly));
foreach (string name in args.Skip(1))
{
    sink.Ended.Reset();
    discoverer.Find(name, includeSourceInformation: false, sink, new Options());
    sink.Ended.WaitOne();
}
if (sink.Cases.Count == 0)
    return 2;
using ITestFrameworkExecutor executor = framework.GetExecutor(assembly.GetName());
sink.Ended.Reset();
executor.RunTests(sink.Cases, sink, new Options());
sink.Ended.WaitOne();
Console.WriteLine($"{sink.Passed} passed, {sink.Skipped} skipped");
return 0;

internal sealed class Sink : IMessageSink
{
    public ManualResetEvent Ended { get; } = new(false);

    public List<ITestCase> Cases { get; } = [];

    public int Passed { get; private set; }

    public int Skipped { get; private set; }

    public bool OnMessage(IMessageSinkMessage message)
    {
        switch (message)
        {
            case ITestCaseDiscoveryMessage found:
                Cases.Add(found.TestCase);
                break;
            case IDiscoveryCompleteMessage or ITestAssemblyFinished:
                Ended.Set();
                break;
            case ITestPassed:
                Passed++;
                break;
            case ITestSkipped:
                Skipped++;
                break;
            case ITestFailed failed:
                End($"{failed.Test.DisplayName}: {string.Join(' ', failed.Messages)}");
                break;
            case IErrorMessage error:
                End(string.Join(' ', error.Messages));
                break;
            case IFailureInformation other:
                End(string.Join(' ', other.Messages));
                break;
        }
        return true;
    }

    private static void End(string why)
    {
        Console.WriteLine(why);
        Console.Out.Flush();
        Environment.Exit(1);
    }
}

// One test after the other, all else as usual.
internal sealed class Options : ITestFrameworkDiscoveryOptions, ITestFrameworkExecutionOptions
{
    private readonly Dictionary<string, object?> _values = new() { ["xunit.execution.MaxParallelThreads"] = 1 };

    public TValue GetValue<TValue>(string name) => _values.TryGetValue(name, out object? value) && value is TValue given ? given : default!;

    public void SetValue<TValue>(string name, TValue value) => _values[name] = value;
}
