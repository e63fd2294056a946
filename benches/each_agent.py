#!/usr/bin/env python3
"""What a commit by hand costs where one session of each agent lies in the home, beside Claude Code alone: medians in turn.

usage: benches/each_agent.py PROGRAM ROUNDS

The sessions are recordings of a folder beside the project; without them it cannot run.
"""
import os,shutil,subprocess,sys,tempfile,time,statistics,glob
B=os.path.abspath(sys.argv[1]); N=int(sys.argv[2]); R=os.path.join(os.path.dirname(os.path.abspath(__file__)),'../../shared/live/recorded')
def home(all_agents):
    h=tempfile.mkdtemp(); 
    def put(src,dst):
        d=os.path.join(h,dst); os.makedirs(os.path.dirname(d),exist_ok=True)
        (shutil.copytree if os.path.isdir(src) else shutil.copy)(src,d)
    def first(p): return sorted(glob.glob(os.path.join(R,p)))[0]
    c=[f for f in sorted(glob.glob(R+'/claude-code/story/**/*.jsonl',recursive=True)) if 'agent-' not in f][0]
    put(c,'.claude/projects/-home-dev-shop/'+os.path.basename(c))
    if all_agents:
        f=[f for f in sorted(glob.glob(R+'/codex/*/**/*.jsonl',recursive=True))][0]; put(f,'.codex/sessions/2026/11/28/'+os.path.basename(f))
        d=[d for d in glob.glob(R+'/copilot-cli/story/*') if os.path.isdir(d)][0]; put(d,'.copilot/session-state/'+os.path.basename(d))
        for f in glob.glob(R+'/gemini-cli/story/**/session-*.jsonl',recursive=True)[:1]: put(f,'.gemini/tmp/shop/chats/'+os.path.basename(f))
        put(first('opencode/story/opencode.db'),'.local/share/opencode/opencode.db')
        put(first('kilo/story/kilo.db'),'.local/share/kilo/kilo.db')
        for f in glob.glob(R+'/pi/story/**/*.jsonl',recursive=True)[:1]: put(f,'.pi/agent/sessions/--home-dev-shop--/'+os.path.basename(f))
        for f in glob.glob(R+'/qwen-code/story/**/*.jsonl',recursive=True)[:1]: put(f,'.qwen/projects/-home-dev-shop/chats/'+os.path.basename(f))
        for f in glob.glob(R+'/droid/story/**/*.jsonl',recursive=True)[:1]: put(f,'.factory/sessions/-home-dev-shop/'+os.path.basename(f))
        for d in glob.glob(R+'/cline/story/**/*.messages.json',recursive=True)[:1]:
            p=os.path.dirname(d); put(p,'.cline/data/sessions/'+os.path.basename(p))
        for f in [f for f in glob.glob(R+'/continue/story/**/*.json',recursive=True) if 'truth' not in f and 'sessions.json' not in f][:1]: put(f,'.continue/sessions/'+os.path.basename(f))
        for f in glob.glob(R+'/openhands/story/**/base_state.json',recursive=True)[:1]:
            p=os.path.dirname(f); put(p,'.openhands/conversations/'+os.path.basename(p))
    r=os.path.join(h,'repo'); env=dict(PATH=os.path.dirname(B)+':'+os.environ['PATH'],HOME=h,GIT_CONFIG_NOSYSTEM='1',GIT_AUTHOR_NAME='A',GIT_AUTHOR_EMAIL='a@e.invalid',GIT_COMMITTER_NAME='A',GIT_COMMITTER_EMAIL='a@e.invalid')
    g=lambda *a: subprocess.run(['git',*a],cwd=r if os.path.isdir(r) else h,env=env,check=True,capture_output=True)
    g('init','-q','repo'); subprocess.run([B,'init'],cwd=r,env=env,check=True,capture_output=True)
    g('add','-A'); g('commit','-q','--allow-empty','-m','Start')
    print(subprocess.run([B,'sessions'],cwd=r,env=env,capture_output=True,text=True).stdout.count('\n'),'sessions')
    return r,env
A,C=home(False),home(True); T=[[],[]]
for i in range(N):
    for k,(r,env) in ([(0,A),(1,C)] if i%2 else [(1,C),(0,A)]):
        open(r+'/f','w').write('%d\n'%i); subprocess.run(['git','add','f'],cwd=r,env=env)
        t=time.perf_counter(); subprocess.run(['git','commit','-q','-m','n%d'%i],cwd=r,env=env,check=True); T[k].append((time.perf_counter()-t)*1e3)
a,c=map(statistics.median,T); print('claude alone %.1f ms, one of each %.1f ms, ratio %.2f'%(a,c,c/a))
for r, _ in (A, C): shutil.rmtree(os.path.dirname(r), ignore_errors=True)
